"""Closing: what becomes of an auction under way, at each instant at which somebody looks at it.

Pure and total: every standing has one outcome. What is carried out where is `close_auctions`; nothing else is decided
there.
"""

from dataclasses import dataclass
from datetime import datetime

from auctions.lifecycle import AuctionState, StepKind
from auctions.rules.breaker import Level, restarts_after_drift

MARKS_STALE = "marks are stale"

MARKS_JUMPED = "marks jumped, and nobody has confirmed it"

KEY_MISSING = "the sealing key is not at hand"

HALTED_TOO_LONG = "it was halted for too long"

DRIFTED = "marks moved further than any bid allows"

SUSPENDED = "its provider is suspended"

SILENT = "its provider was not heard in time"

EXPIRED = "its provider let it stand no longer"

NOT_COVERED = "its provider's collateral, or its cluster's limits, do not cover it"

TOO_FAR = "marks moved further than it allows"

NOT_RECONFIRMED = "it was not reconfirmed after the halt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an auction under way, OPEN or HALTED, stands at `now`.

    `halt_ends_at` is a halted one's. `is_priced` says whether there are marks to price it with; where there are none,
    it is for a jump where one `has_jumped`. `is_deserted` says whether a sealed one had bids, and marks have moved
    further than any of them lets them. `has_key` says whether its bids can be opened. `level` is the breaker's, in
    force for it; `has_ready` says whether anybody stands ready in a Dutch one, and `has_reached` whether its clock has
    reached the edge of a bid that was cut back.
    """

    kind: StepKind
    state: AuctionState
    now: datetime
    closes_at: datetime
    halt_ends_at: datetime | None
    is_priced: bool
    has_jumped: bool
    is_deserted: bool
    has_key: bool
    level: Level
    restarts: int
    max_restarts: int
    has_ready: bool = False
    has_reached: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the window is over; at `closes_at` exactly it is."""
        return self.now >= self.closes_at

    @property
    def is_halted_too_long(self) -> bool:
        """Whether a halt has to end; at `halt_ends_at` exactly it has."""
        return self.halt_ends_at is not None and self.now >= self.halt_ends_at


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing: its time has not come."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Its clock stands still from now on, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    """What halted it is gone: its clock goes on."""


@dataclass(frozen=True, slots=True)
class Restart:
    """It starts anew, at the marks of now."""


@dataclass(frozen=True, slots=True)
class LetTake:
    """The bids that were cut back, and whose edge the clock has reached, take; it goes on."""


@dataclass(frozen=True, slots=True)
class End:
    """A Dutch auction's window is over: what nobody took passes on."""


@dataclass(frozen=True, slots=True)
class Leave:
    """It ends, and nothing more is decided in it, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Decide:
    """A sealed auction's bids are opened: by them it is decided who takes what, unless it `reopens`."""


Outcome = Wait | Halt | Resume | Restart | LetTake | End | Leave | Decide


def outcome_of(auction: Standing) -> Outcome:
    """What becomes of it now. A halted one resumes first: nothing is decided in the instant in which it does."""
    if auction.state == AuctionState.HALTED:
        return _of_halted(auction)
    return _of_dutch(auction) if auction.kind == StepKind.DUTCH else _of_sealed(auction)


def _of_halted(auction: Standing) -> Outcome:
    if auction.is_halted_too_long:
        return Leave(HALTED_TOO_LONG)
    can_go_on = auction.is_priced and auction.has_key and auction.level.allows_bids
    return Resume() if can_go_on else Wait()


def _of_dutch(auction: Standing) -> Outcome:
    """It is priced at every instant, with the marks of then: only where there are none it stops, and once it is over
    that matters for those alone who stand ready, or were cut back, and are given what is left at marks in force."""
    if auction.is_over:
        are_due = auction.has_ready or auction.has_reached
        return _unpriced(auction) if are_due and not auction.is_priced else End()
    if not auction.is_priced:
        return _unpriced(auction)
    return LetTake() if auction.has_reached else Wait()


def _of_sealed(auction: Standing) -> Outcome:
    """It is priced at its close alone: until then marks may move, and nobody has to look at it. One that is looked at
    while they are missing halts all the same: it could not be priced if its close came now."""
    if not auction.is_priced:
        return _unpriced(auction)
    if not auction.is_over:
        return Wait()
    if not auction.has_key:
        return Halt(KEY_MISSING)
    return _after_drift(auction) if auction.is_deserted else Decide()


def _unpriced(auction: Standing) -> Outcome:
    return Halt(MARKS_JUMPED if auction.has_jumped else MARKS_STALE)


def _after_drift(auction: Standing) -> Outcome:
    again = restarts_after_drift(auction.level, auction.restarts, auction.max_restarts)
    return Restart() if again else Leave(DRIFTED)
