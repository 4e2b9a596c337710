"""Restarting: an auction starts anew on its own row, at fresh marks, with a new window and without the bids of before.

Called by the close of auctions where marks moved too far, by `POST /v1/auctions/{id}/restart` and the admin. Guarantees
that bidders are told and hold nothing for what is void, and that an auction is restarted `max_restarts` times at most.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.desks.bids import void_bids
from auctions.desks.halts import HALT_FIELDS, end_halt
from auctions.desks.openings import MARKET_FIELDS, Opening
from auctions.desks.work import Work
from auctions.events import AuctionRestarted
from auctions.lifecycle import AuctionState
from auctions.models import Auction
from backstop.record import record_events
from backstop.values.amounts import ZERO

RESTARTED = "the auction was restarted"


def restart(stopped: Sequence[tuple[Work, Auction, Mapping[UUID, Decimal]]], reason: str, now: datetime) -> None:
    """Restart these locked auctions at these marks, and write everything; `reason` is shown to the bidders."""
    if not stopped:
        return
    auctions = [auction for _, auction, _ in stopped]
    opening = Opening([work for work, _, _ in stopped], now)
    ids = [auction.id for auction in auctions]
    void_bids(auction_ids=ids, reason=RESTARTED, journal=opening.desk.journal, now=now)
    for auction in auctions:
        if auction.state == AuctionState.HALTED:
            auction.move_to(AuctionState.OPEN, now)
        end_halt(auction)
        auction.halted_seconds, auction.reconfirm_since = ZERO, None
        auction.round = 1
        auction.restarts += 1
    opening.restart(stopped)
    Auction.objects.bulk_update(auctions, [*MARKET_FIELDS, *HALT_FIELDS, "state", "round", "restarts"])
    record_events([_restarted(auction, reason) for auction in auctions])


def _restarted(auction: Auction, reason: str) -> AuctionRestarted:
    return AuctionRestarted(
        venue_id=auction.venue_id,
        subject_id=auction.id,
        reason=reason,
        restarts=auction.restarts,
        closes_at=auction.closes_at,
    )
