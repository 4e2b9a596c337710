"""States of a book on its way through the market, and the moves that are allowed. Read this first.

A book is RECEIVED, then ROUTED into lots, and CLOSED when each lot is placed or returned. Until its first award its
venue may amend it, so that it is routed anew, or withdraw it. A lot goes through steps, one at a time; a SEALED or
DUTCH step holds an auction, and the two are a round, of which there are as many as the playbook is patient. What
somebody takes is an award, and its settlement moves positions and money. Every state that is not final has a way out by
time alone, so nothing waits for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from django.db.models import TextChoices

from backstop.values.lifecycles import Lifecycle


class BookState(TextChoices):
    """RECEIVED and AMENDED wait for routing; ROUTED has lots under way; CLOSED is settled to the last cent; WITHDRAWN
    went back to the venue as it came."""

    RECEIVED = "RECEIVED"
    AMENDED = "AMENDED"
    ROUTED = "ROUTED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"


class StepKind(TextChoices):
    """The steps of the waterfall, in order. What there is to know about each stands in `WATERFALL`."""

    ASSIGN = "ASSIGN"
    SEALED = "SEALED"
    DUTCH = "DUTCH"
    FUND = "FUND"
    RETURN = "RETURN"


class StepState(TextChoices):
    """READY waits for its sweep; OPEN has an auction; SETTLING waits for settlements; ENDED passed on what is left."""

    READY = "READY"
    OPEN = "OPEN"
    SETTLING = "SETTLING"
    ENDED = "ENDED"


class AuctionState(TextChoices):
    """A HALTED auction's clock stands still; AWARDED, UNFILLED and WITHDRAWN (with its book) are final."""

    OPEN = "OPEN"
    HALTED = "HALTED"
    AWARDED = "AWARDED"
    UNFILLED = "UNFILLED"
    WITHDRAWN = "WITHDRAWN"


UNDER_WAY = (AuctionState.OPEN, AuctionState.HALTED)
DECIDED = (AuctionState.AWARDED, AuctionState.UNFILLED)


class BidState(TextChoices):
    """LIVE until the close; then WON or LOST, unless its provider CANCELLED it or what it was for became VOID."""

    LIVE = "LIVE"
    CANCELLED = "CANCELLED"
    VOID = "VOID"
    WON = "WON"
    LOST = "LOST"


class ReadinessState(TextChoices):
    """LIVE until its auction ends or its provider's own takes used it up: then ENDED; VOID where it counts no more."""

    LIVE = "LIVE"
    ENDED = "ENDED"
    VOID = "VOID"


class CutBidState(TextChoices):
    """LIVE until it is TAKEN, or LAPSED with its lot's next Dutch auction, or where none comes; VOID where it
    counts no more."""

    LIVE = "LIVE"
    TAKEN = "TAKEN"
    LAPSED = "LAPSED"
    VOID = "VOID"


class SettlementState(TextChoices):
    """AWAITING needs the venue's word; CONFIRMED is due to be carried out; the last three are final."""

    AWAITING = "AWAITING"
    CONFIRMED = "CONFIRMED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


FAILED = (SettlementState.REJECTED, SettlementState.EXPIRED)


class FaultState(TextChoices):
    """COUNTING until all that its award was of has been given again, and what the fault costs is known; CONTESTABLE for
    a while; what its provider CONTESTED an arbiter decides; UPHELD stands and is paid, DISMISSED never was."""

    COUNTING = "COUNTING"
    CONTESTABLE = "CONTESTABLE"
    CONTESTED = "CONTESTED"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


class DrillState(TextChoices):
    """UNDER_WAY until its book has ended: then it was HELD, unless it was BROKEN_OFF before that."""

    UNDER_WAY = "UNDER_WAY"
    HELD = "HELD"
    BROKEN_OFF = "BROKEN_OFF"


class AlertState(TextChoices):
    """RAISED until somebody ACKNOWLEDGED it or its condition ENDED, which ends what was acknowledged too."""

    RAISED = "RAISED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ENDED = "ENDED"


class Takers(StrEnum):
    """Who takes what is offered in a step."""

    COMMITMENTS = "COMMITMENTS"
    BIDDERS = "BIDDERS"
    TAKERS = "TAKERS"
    FUND = "FUND"
    VENUE = "VENUE"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallStep:
    """All that is to be known of a kind of step but its operation: who takes, the playbook's field that caps their edge
    (None: they earn none), the sweep that works it, and whether that opens an auction.

    What is left goes to `next`. Where it matters: to `patient`, which begins another round, for as long as the playbook
    is patient; and then once to `rejected` if units came back rejected.
    """

    kind: StepKind
    takers: Takers
    cap: str | None
    sweep: str
    auctioned: bool = False
    next: StepKind
    rejected: StepKind | None = None
    patient: StepKind | None = None

    @property
    def followers(self) -> frozenset[StepKind]:
        """Every kind of step that may come after it."""
        return frozenset(kind for kind in (self.next, self.rejected, self.patient) if kind is not None)


# The whole waterfall, first to last. The last step takes everything: nothing is ever left after it.
WATERFALL: Mapping[StepKind, WaterfallStep] = MappingProxyType(
    {
        step.kind: step
        for step in (
            WaterfallStep(
                kind=StepKind.ASSIGN,
                takers=Takers.COMMITMENTS,
                cap="assign_cap_bps",
                sweep="assign_lots",
                next=StepKind.SEALED,
            ),
            WaterfallStep(
                kind=StepKind.SEALED,
                takers=Takers.BIDDERS,
                cap="sealed_reserve_bps",
                sweep="open_auctions",
                auctioned=True,
                next=StepKind.DUTCH,
            ),
            WaterfallStep(
                kind=StepKind.DUTCH,
                takers=Takers.TAKERS,
                cap="dutch_cap_bps",
                sweep="open_auctions",
                auctioned=True,
                next=StepKind.FUND,
                patient=StepKind.SEALED,
                rejected=StepKind.DUTCH,
            ),
            WaterfallStep(
                kind=StepKind.FUND,
                takers=Takers.FUND,
                cap="fund_edge_bps",
                sweep="draw_fund",
                next=StepKind.RETURN,
                patient=StepKind.SEALED,
            ),
            WaterfallStep(
                kind=StepKind.RETURN,
                takers=Takers.VENUE,
                cap=None,
                sweep="return_units",
                next=StepKind.RETURN,
            ),
        )
    }
)
FIRST_STEP = next(iter(WATERFALL))
FIRST_AUCTION = WATERFALL[FIRST_STEP].next
AUCTIONED = tuple(step.kind for step in WATERFALL.values() if step.auctioned)

BOOK = Lifecycle(
    "book",
    {
        BookState.RECEIVED: frozenset({BookState.ROUTED, BookState.AMENDED, BookState.WITHDRAWN}),
        BookState.AMENDED: frozenset({BookState.ROUTED, BookState.AMENDED, BookState.WITHDRAWN}),
        BookState.ROUTED: frozenset({BookState.CLOSED, BookState.AMENDED, BookState.WITHDRAWN}),
        BookState.CLOSED: frozenset(),
        BookState.WITHDRAWN: frozenset(),
    },
)
STEP = Lifecycle(
    "step",
    {
        StepState.READY: frozenset({StepState.OPEN, StepState.SETTLING, StepState.ENDED}),
        StepState.OPEN: frozenset({StepState.SETTLING, StepState.ENDED}),
        StepState.SETTLING: frozenset({StepState.ENDED}),
        StepState.ENDED: frozenset(),
    },
)
AUCTION = Lifecycle(
    "auction",
    {
        AuctionState.OPEN: frozenset(
            {AuctionState.HALTED, AuctionState.AWARDED, AuctionState.UNFILLED, AuctionState.WITHDRAWN}
        ),
        AuctionState.HALTED: frozenset(
            {AuctionState.OPEN, AuctionState.AWARDED, AuctionState.UNFILLED, AuctionState.WITHDRAWN}
        ),
        AuctionState.AWARDED: frozenset(),
        AuctionState.UNFILLED: frozenset(),
        AuctionState.WITHDRAWN: frozenset(),
    },
)
BID = Lifecycle(
    "bid",
    {
        BidState.LIVE: frozenset({BidState.CANCELLED, BidState.VOID, BidState.WON, BidState.LOST}),
        BidState.CANCELLED: frozenset(),
        BidState.VOID: frozenset(),
        BidState.WON: frozenset(),
        BidState.LOST: frozenset(),
    },
)
READINESS = Lifecycle(
    "readiness",
    {
        ReadinessState.LIVE: frozenset({ReadinessState.ENDED, ReadinessState.VOID}),
        ReadinessState.ENDED: frozenset(),
        ReadinessState.VOID: frozenset(),
    },
)
CUT_BID = Lifecycle(
    "cut bid",
    {
        CutBidState.LIVE: frozenset({CutBidState.TAKEN, CutBidState.LAPSED, CutBidState.VOID}),
        CutBidState.TAKEN: frozenset(),
        CutBidState.LAPSED: frozenset(),
        CutBidState.VOID: frozenset(),
    },
)
SETTLEMENT = Lifecycle(
    "settlement",
    {
        SettlementState.AWAITING: frozenset(
            {SettlementState.CONFIRMED, SettlementState.REJECTED, SettlementState.EXPIRED}
        ),
        SettlementState.CONFIRMED: frozenset({SettlementState.SETTLED, SettlementState.REJECTED}),
        SettlementState.SETTLED: frozenset(),
        SettlementState.REJECTED: frozenset(),
        SettlementState.EXPIRED: frozenset(),
    },
)
FAULT = Lifecycle(
    "fault",
    {
        FaultState.COUNTING: frozenset({FaultState.CONTESTABLE}),
        FaultState.CONTESTABLE: frozenset({FaultState.CONTESTED, FaultState.UPHELD}),
        FaultState.CONTESTED: frozenset({FaultState.UPHELD, FaultState.DISMISSED}),
        FaultState.UPHELD: frozenset(),
        FaultState.DISMISSED: frozenset(),
    },
)
DRILL = Lifecycle(
    "drill",
    {
        DrillState.UNDER_WAY: frozenset({DrillState.HELD, DrillState.BROKEN_OFF}),
        DrillState.HELD: frozenset(),
        DrillState.BROKEN_OFF: frozenset(),
    },
)
ALERT = Lifecycle(
    "alert",
    {
        AlertState.RAISED: frozenset({AlertState.ACKNOWLEDGED, AlertState.ENDED}),
        AlertState.ACKNOWLEDGED: frozenset({AlertState.ENDED}),
        AlertState.ENDED: frozenset(),
    },
)
