"""States of a book on its way through the market, and the moves that are allowed. Read this first.

A book is RECEIVED, then ROUTED into lots, and CLOSED when each lot is placed or returned. Until its first award its
venue may amend it, so that it is routed anew, or withdraw it. A lot goes through steps, one at a time; a SEALED or
DUTCH step holds an auction. What somebody takes is an award, and its settlement moves positions and money. Every state
that is not final has a way out by time alone, so nothing waits for ever.
"""

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
    """A HALTED auction's clock stands still; AWARDED, UNFILLED and WITHDRAWN (with its book) are final."""

    OPEN = "OPEN"
    HALTED = "HALTED"
    AWARDED = "AWARDED"
    UNFILLED = "UNFILLED"
    WITHDRAWN = "WITHDRAWN"


UNDER_WAY = (AuctionState.OPEN, AuctionState.HALTED)


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
