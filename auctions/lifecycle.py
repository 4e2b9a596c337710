"""States of a book on its way through the market, and the moves that are allowed. Read this first.

A book is RECEIVED, then ROUTED into lots, and CLOSED when each lot is placed or returned. A lot goes through steps, one
at a time; a SEALED or DUTCH step holds an auction. What somebody takes is an award, and its settlement moves positions
and money. Every state that is not final has a way out by time alone, so nothing waits for ever.
"""

from django.db.models import TextChoices

from backstop.values.lifecycles import Lifecycle


class BookState(TextChoices):
    """RECEIVED waits for routing; ROUTED has lots under way; CLOSED is settled to the last cent."""

    RECEIVED = "RECEIVED"
    ROUTED = "ROUTED"
    CLOSED = "CLOSED"


class StepKind(TextChoices):
    """The stages of the waterfall, in order. RETURN gives the venue back what nobody took."""

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
    """A HALTED auction's clock stands still; AWARDED and UNFILLED are final."""

    OPEN = "OPEN"
    HALTED = "HALTED"
    AWARDED = "AWARDED"
    UNFILLED = "UNFILLED"


class BidState(TextChoices):
    """LIVE until the close; then WON or LOST, unless its provider CANCELLED it or what it was for became VOID."""

    LIVE = "LIVE"
    CANCELLED = "CANCELLED"
    VOID = "VOID"
    WON = "WON"
    LOST = "LOST"


class SettlementState(TextChoices):
    """AWAITING needs the venue's word; CONFIRMED is due to be carried out; the last three are final."""

    AWAITING = "AWAITING"
    CONFIRMED = "CONFIRMED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


BOOK = Lifecycle(
    "book",
    {
        BookState.RECEIVED: frozenset({BookState.ROUTED}),
        BookState.ROUTED: frozenset({BookState.CLOSED}),
        BookState.CLOSED: frozenset(),
    },
)
STEP = Lifecycle(
    "step",
    {
        StepState.READY: frozenset({StepState.OPEN, StepState.SETTLING}),
        StepState.OPEN: frozenset({StepState.SETTLING}),
        StepState.SETTLING: frozenset({StepState.ENDED}),
        StepState.ENDED: frozenset(),
    },
)
AUCTION = Lifecycle(
    "auction",
    {
        AuctionState.OPEN: frozenset({AuctionState.HALTED, AuctionState.AWARDED, AuctionState.UNFILLED}),
        AuctionState.HALTED: frozenset({AuctionState.OPEN, AuctionState.AWARDED, AuctionState.UNFILLED}),
        AuctionState.AWARDED: frozenset(),
        AuctionState.UNFILLED: frozenset(),
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
SETTLEMENT = Lifecycle(
    "settlement",
    {
        SettlementState.AWAITING: frozenset(
            {SettlementState.CONFIRMED, SettlementState.REJECTED, SettlementState.EXPIRED}
        ),
        SettlementState.CONFIRMED: frozenset({SettlementState.SETTLED}),
        SettlementState.SETTLED: frozenset(),
        SettlementState.REJECTED: frozenset(),
        SettlementState.EXPIRED: frozenset(),
    },
)
