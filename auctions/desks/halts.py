"""Halting: while nothing can be priced or bidding is stopped, an auction's price clock and deadlines stand still.

Called by the close of auctions, by the breaker and by takes. Guarantees that a halt ends by itself: once marks are
fresh and the breaker allows bids again, or else, with nothing more awarded, after the playbook's `max_halt_seconds`.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from auctions.events import AuctionHalted
from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction, Playbook

MARKS_STALE = "marks are stale"

HALT_FIELDS = ["halted_at", "halt_ends_at", "halt_reason", "halted_seconds", "reconfirm_since"]


def halt(auction: Auction, reason: str, max_halt_seconds: int, now: datetime) -> None:
    """Stop the clock of an open auction."""
    auction.move_to(AuctionState.HALTED, now)
    auction.halt_ends_at = now + timedelta(seconds=max_halt_seconds)
    auction.halt_reason = reason[:200]


def resume(auction: Auction, playbook: Playbook, now: datetime) -> None:
    """Let the clock of a halted auction go on, its deadline later by as long as it stood.

    After a halt of more than the playbook's `reconfirm_after_seconds`, sealed bids have to be reconfirmed, for which
    there are `reconfirm_seconds` at least.
    """
    assert auction.halted_at is not None
    stood = now - auction.halted_at
    auction.move_to(AuctionState.OPEN, now)
    auction.closes_at += stood
    auction.halted_seconds += Decimal(stood // timedelta(microseconds=1)).scaleb(-6)
    end_halt(auction)
    if auction.kind == StepKind.SEALED and stood > timedelta(seconds=playbook.reconfirm_after_seconds):
        auction.reconfirm_since = now
        auction.closes_at = max(auction.closes_at, now + timedelta(seconds=playbook.reconfirm_seconds))


def end_halt(auction: Auction) -> None:
    """Forget that the auction was halted."""
    auction.halted_at = auction.halt_ends_at = None
    auction.halt_reason = ""


def halted_too_long(auction: Auction, now: datetime) -> bool:
    """Whether a halted auction has to end; at the limit exactly it has."""
    assert auction.halt_ends_at is not None
    return now >= auction.halt_ends_at


def elapsed_seconds(auction: Auction, now: datetime) -> Decimal:
    """The effective seconds since the opening: halts do not count."""
    since = Decimal((now - auction.opens_at) // timedelta(microseconds=1)).scaleb(-6)
    return since - auction.halted_seconds


def halted(auction: Auction) -> AuctionHalted:
    """The news of a halt."""
    return AuctionHalted(
        venue_id=auction.venue_id,
        subject_id=auction.id,
        state=auction.state,
        reason=auction.halt_reason,
        halt_ends_at=auction.halt_ends_at,
    )
