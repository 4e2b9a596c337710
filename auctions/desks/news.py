"""News: what everybody at a venue is told of an auction when something becomes of it, and the venue alone of a step.

What everybody is told says nothing of what anybody bid, nor of a lot what the auction does not show.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from auctions.events import (
    AuctionCapped,
    AuctionClosed,
    AuctionHalted,
    AuctionOpened,
    AuctionReopened,
    AuctionRestarted,
    AuctionResumed,
    AuctionWithdrawn,
    StepBegun,
    StepDecided,
)
from auctions.lifecycle import AuctionState, StepState
from auctions.models import Auction, Step
from auctions.rules.disclosure import Disclosure

NOTHING_RAN = "nothing ran"

Moved = TypeVar("Moved", AuctionClosed, AuctionReopened, AuctionResumed)


def opened(auction: Auction) -> AuctionOpened:
    """It is open, with its size or the band of it."""
    size: dict[str, Any] = {"units": auction.units, "notional": auction.notional}
    if auction.disclosure == Disclosure.SIZE_BAND:
        size = {"band_above": auction.band_above, "band_up_to": auction.band_up_to}
    return AuctionOpened(
        **auction.whose,
        subject_id=auction.id,
        kind=auction.kind,
        closes_at=auction.closes_at,
        **size,
    )


def halted(auction: Auction) -> AuctionHalted:
    """Its clock stands still."""
    return AuctionHalted(
        **auction.whose,
        subject_id=auction.id,
        state=auction.state,
        reason=auction.halt_reason,
        halt_ends_at=auction.halt_ends_at,
    )


def stood(auction: Auction) -> AuctionHalted:
    """Its clock stood still, and goes on."""
    return AuctionHalted(
        **auction.whose,
        subject_id=auction.id,
        state=AuctionState.HALTED,
        reason=NOTHING_RAN,
        halt_ends_at=None,
    )


def moved(auction: Auction, kind: type[Moved]) -> Moved:
    """It goes on, is open once more (nobody is told why), or is over."""
    return kind(**auction.whose, subject_id=auction.id, state=auction.state, closes_at=auction.closes_at)


def capped(auction: Auction) -> AuctionCapped:
    """Its edge rises less far from now on (nobody is told why)."""
    return AuctionCapped(**auction.whose, subject_id=auction.id, reserve_edge_bps=auction.reserve_edge_bps)


def withdrawn(auction: Auction, reason: str) -> AuctionWithdrawn:
    """It ended with its book's version, for this reason."""
    return AuctionWithdrawn(**auction.whose, subject_id=auction.id, reason=reason)


def restarted(auction: Auction, reason: str) -> AuctionRestarted:
    """It started anew, for this reason."""
    return AuctionRestarted(
        **auction.whose,
        subject_id=auction.id,
        reason=reason,
        restarts=auction.restarts,
        closes_at=auction.closes_at,
    )


def begun(step: Step) -> StepBegun:
    """A lot came to this step, which is new."""
    return StepBegun(
        **step.lot.book.whose,
        subject_id=step.id,
        lot=step.lot_id,
        kind=step.kind,
        units_in=step.units_in,
        round=step.round,
    )


def decided(steps: Iterable[Step]) -> list[StepDecided]:
    """Of these steps, those that nothing more is awarded in, as of now."""
    settling = (step for step in steps if step.state == StepState.SETTLING)
    return [StepDecided(**step.lot.book.whose, subject_id=step.id) for step in settling]
