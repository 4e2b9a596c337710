"""News: what everybody at a venue is told of an auction when something becomes of it.

Nothing in it tells what anybody bid, nor of a lot what the auction does not show.
"""

from typing import Any

from auctions.models import Auction
from auctions.rules.disclosure import Disclosure
from backstop.record import NewEvent


def opened(auction: Auction) -> NewEvent:
    """It is open, with its size or the band of it."""
    size: dict[str, Any] = {"units": auction.units, "notional": auction.notional}
    if auction.disclosure == Disclosure.SIZE_BAND:
        size = {"band_above": auction.band_above, "band_up_to": auction.band_up_to}
    payload = {"kind": auction.kind, "closes_at": auction.closes_at, **size}
    return NewEvent(auction.venue_id, "auction_opened", auction.id, None, payload)


def halted(auction: Auction) -> NewEvent:
    """Its clock stands still."""
    payload = {"state": auction.state, "reason": auction.halt_reason, "halt_ends_at": auction.halt_ends_at}
    return NewEvent(auction.venue_id, "auction_halted", auction.id, None, payload)


def resumed(auction: Auction) -> NewEvent:
    """Its clock goes on."""
    return _moved(auction, "auction_resumed")


def reopened(auction: Auction) -> NewEvent:
    """Its window is open once more; nobody is told why."""
    return _moved(auction, "auction_reopened")


def closed(auction: Auction) -> NewEvent:
    """It is over."""
    return _moved(auction, "auction_closed")


def restarted(auction: Auction, reason: str) -> NewEvent:
    """It started anew, for this reason."""
    payload = {"reason": reason, "restarts": auction.restarts, "closes_at": auction.closes_at}
    return NewEvent(auction.venue_id, "auction_restarted", auction.id, None, payload)


def _moved(auction: Auction, kind: str) -> NewEvent:
    return NewEvent(auction.venue_id, kind, auction.id, None, {"state": auction.state, "closes_at": auction.closes_at})
