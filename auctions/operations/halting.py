"""Halting: while nothing can be priced, an auction's price clock and deadlines stand still.

Called by the close of auctions and by takes. Guarantees that a halt ends by itself: as soon as marks are fresh again,
or else, with nothing more awarded, after the playbook's `max_halt_seconds`.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from auctions.lifecycle import AuctionState
from auctions.models import Auction

MARKS_STALE = "marks are stale"


def halt(auction: Auction, reason: str, now: datetime) -> None:
    """Stop the clock of an open auction."""
    auction.move_to(AuctionState.HALTED, now)
    auction.halt_reason = reason


def resume(auction: Auction, now: datetime) -> None:
    """Let the clock of a halted auction go on, its deadline later by as long as it stood."""
    assert auction.halted_at is not None
    stood = now - auction.halted_at
    auction.move_to(AuctionState.OPEN, now)
    auction.closes_at += stood
    auction.halted_seconds += Decimal(stood // timedelta(microseconds=1)).scaleb(-6)
    auction.halted_at = None
    auction.halt_reason = ""


def halted_too_long(auction: Auction, max_halt_seconds: int, now: datetime) -> bool:
    """Whether a halted auction has to end; at the limit exactly it has."""
    assert auction.halted_at is not None
    return now - auction.halted_at >= timedelta(seconds=max_halt_seconds)


def elapsed_seconds(auction: Auction, now: datetime) -> Decimal:
    """The effective seconds since the opening: halts do not count."""
    since = Decimal((now - auction.opens_at) // timedelta(microseconds=1)).scaleb(-6)
    return since - auction.halted_seconds
