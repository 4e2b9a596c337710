"""Which books, steps, auctions, settlements and take-overs are due."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Greatest, Least

from accounts.models import Account, AccountKind
from auctions.lifecycle import (
    AUCTIONED,
    BOOK,
    FAULT,
    SETTLEMENT,
    WATERFALL,
    AuctionState,
    BidState,
    BookState,
    CutBidState,
    DrillState,
    SettlementState,
    StepKind,
    StepState,
)
from auctions.models import Auction, Bid, Book, CutBid, Drill, Lot, Markout, ProviderFault, Settlement, Step, TakeOver
from auctions.queries.breakers import AUCTION_LEVEL
from auctions.queries.due.batches import BATCH_WEIGHT, ByMarks, Due, count_of, weight_of
from auctions.queries.inventory import marks_of_take_overs
from auctions.rules.breaker import Level
from backstop.queries import list_known_prices
from backstop.values.marks import NOTHING_KNOWN, MarkTerms, reference_of

_HALTED = Q(state=AuctionState.HALTED)
_DUTCH = Q(state=AuctionState.OPEN, kind=StepKind.DUTCH)
_HELD = Q(quantity_left__gt=0)


def due_to_route(now: datetime) -> Due:
    """Books that were received or amended."""
    books = Book.objects.filter(state__in=[BookState.RECEIVED, BookState.AMENDED])
    return Due(books, now, "received_at", Greatest("received_at", "amended_at"))


def due_to_carry_out(sweep: str, now: datetime) -> Due:
    """Steps that are ready, of the kinds that this sweep works, where these need no auction."""
    kinds = [step.kind for step in WATERFALL.values() if step.sweep == sweep]
    steps = Step.objects.filter(kind__in=kinds, state=StepState.READY)
    return Due(steps.filter(due_at__lte=now), now, "due_at", "due_at", stopped=_stopped(steps, now))


def due_to_open(now: datetime) -> Due:
    """Steps that need an auction; those that wait for a cap once something of it was released."""
    due = Q(due_at__lte=now) | Q(waits_for__releases__gt=F("seen_releases"))
    steps = Step.objects.filter(kind__in=AUCTIONED, state=StepState.READY)
    return Due(steps.filter(due), now, "created_at", "due_at", stopped=_stopped(steps, now))


def _stopped(steps: QuerySet[Step], now: datetime) -> QuerySet[Step]:
    """Those that wait for marks or a breaker, and are looked at a moment later."""
    return steps.filter(stopped_at__isnull=False, due_at__gt=now)


def due_to_close(now: datetime) -> Due:
    """Auctions whose window is over; halted ones whose halt is, or which could go on; Dutch ones to be stopped, and
    those whose clock has reached what was cut back.

    A halted auction for which nothing has changed is not due, however many there are of them.
    """
    over = Q(state=AuctionState.OPEN, closes_at__lte=now) | Q(state=AuctionState.HALTED, halt_ends_at__lte=now)
    since = Case(When(state=AuctionState.HALTED, then=F("halt_ends_at")), default=F("closes_at"))
    weight = weight_of(Count("bids"))
    by_marks = ByMarks(Auction.objects.filter(_HALTED | _DUTCH), _list_moved_or_reached)
    return Due(Auction.objects.filter(over), now, "closes_at", since, weight=weight, by_marks=by_marks)


def due_to_expire_bids(now: datetime) -> Due:
    """Auctions with bids whose time is over, and which were not carried over into another round."""
    bids = Bid.objects.filter(firm=False, round=F("auction__round"), auction=OuterRef("pk"))
    over = bids.filter(state=BidState.LIVE, expires_at__lte=now)
    under_way = Q(state=AuctionState.OPEN, closes_at__gt=now) | Q(state=AuctionState.HALTED)
    earliest = Subquery(over.order_by("expires_at").values("expires_at")[:1])
    weight = weight_of(count_of(over, "auction"))
    return Due(Auction.objects.filter(under_way, Exists(over)), now, "closes_at", earliest, weight=weight)


def due_to_settle(now: datetime) -> Due:
    """Settlements that are confirmed."""
    return Due(Settlement.objects.filter(state=SettlementState.CONFIRMED), now, "created_at", "confirmed_at")


def due_to_expire_settlements(now: datetime) -> Due:
    """Settlements whose time for confirming is over."""
    late = Settlement.objects.filter(state=SettlementState.AWAITING, confirm_by__lte=now)
    return Due(late, now, "confirm_by", "confirm_by")


def due_to_pass_on(now: datetime) -> Due:
    """Steps whose settlements are all final."""
    waiting = Settlement.objects.filter(award__step=OuterRef("pk"), state__in=SETTLEMENT.under_way)
    steps = Step.objects.filter(~Exists(waiting), state=StepState.SETTLING)
    ends = (Max(f"awards__settlement__{state.lower()}_at") for state in SETTLEMENT.final)
    return Due(steps, now, "due_at", Greatest("settling_at", *ends))


def due_to_mark(now: datetime) -> Due:
    """Take-overs that are marked at another price than that in force; those that lost what the fund could not bear,
    once something is free in it."""
    of_venue = Account.objects.filter(venue=OuterRef("venue"), asset=OuterRef("asset"))
    owed = Q(unpaid__gt=0) & Exists(of_venue.filter(kind=AccountKind.FUND, posted__gt=F("held")))
    by_marks = ByMarks(TakeOver.objects.filter(_HELD), _list_moved_take_overs)
    return Due(TakeOver.objects.filter(owed), now, "created_at", "created_at", by_marks=by_marks)


def due_to_mark_out(now: datetime) -> Due:
    """Markouts for which every mark that counts would be there by now."""
    return Due(Markout.objects.filter(judged_at=None, due_at__lte=now), now, "due_at", "due_at")


def due_to_wind_up(now: datetime) -> Due:
    """Books whose lots have all ended, and which wait for nobody's fault to be decided."""
    under_way = Lot.objects.filter(book=OuterRef("pk"), ended_at__isnull=True)
    undecided = ProviderFault.objects.filter(book=OuterRef("pk"), state__in=FAULT.under_way)
    books = Book.objects.filter(~Exists(under_way), ~Exists(undecided), state=BookState.ROUTED)
    since = Greatest(Max("lots__ended_at"), Max("faults__upheld_at"), Max("faults__dismissed_at"))
    return Due(books, now, "received_at", since)


def due_to_end_drills(now: datetime) -> Due:
    """Drills whose books have ended, and those that give way to a real one: each by itself. One that offers nothing
    more waits for its settlements, and keeps no other waiting."""
    drills = Drill.objects.filter(state=DrillState.UNDER_WAY)
    settling = Settlement.objects.filter(book=OuterRef("book"), state__in=sorted(SETTLEMENT.under_way))
    offering = Step.objects.filter(lot__book=OuterRef("book")).exclude(state=StepState.ENDED)
    gives_way = Q(real_book__isnull=False) & (~Exists(settling) | Exists(offering))
    over = drills.filter(Q(book__state__in=sorted(BOOK.final)) | gives_way)
    since = Least("book__closed_at", "book__withdrawn_at", "real_book__received_at")
    return Due(over, now, "opened_at", since, weight=Value(BATCH_WEIGHT))


def _list_moved_take_overs(now: datetime) -> list[UUID]:
    """What the fund holds that is marked at another price than that in force."""
    held = TakeOver.objects.filter(_HELD).select_related("book__playbook")
    in_force = marks_of_take_overs(held, now)
    return [row.id for row in held if row.id in in_force and in_force[row.id] != row.marked_price]


def _list_moved_auctions(now: datetime) -> list[UUID]:
    """Halted auctions that can be priced again and that no breaker stops, and Dutch ones that marks stop.

    A sealed auction is priced at its close alone, a Dutch one at every instant.
    """
    auctions = list(
        Auction.objects.alias(level=AUCTION_LEVEL)
        .filter(_HALTED & Q(level__lt=Level.NO_BIDS) | _DUTCH)
        .select_related("step__lot__book__playbook")
        .only("state", "kind", "marks", "step__lot__book__playbook")
    )
    prices = list_known_prices({key for auction in auctions for key in auction.marks})

    @cache
    def price_of(instrument_id: UUID, terms: MarkTerms) -> Decimal | None:
        return reference_of(prices.get(instrument_id, NOTHING_KNOWN), terms, now).price

    return [auction.id for auction in auctions if _is_moved(auction, price_of)]


def _list_moved_or_reached(now: datetime) -> list[UUID]:
    return [*_list_moved_auctions(now), *_reached_by_clock(now)]


def _reached_by_clock(now: datetime) -> list[UUID]:
    """Dutch auctions whose clock has come to the edge of a bid that was cut back, whatever their lots afford."""
    waiting = CutBid.objects.filter(state=CutBidState.LIVE, waits_in__state=AuctionState.OPEN)
    lowest = dict(waiting.values_list("waits_in").annotate(Min("edge_bps")))
    auctions = Auction.objects.filter(id__in=lowest).select_related("venue__heartbeat") if lowest else []
    return [each.id for each in auctions if lowest[each.id] <= each.last_edge_at(now, each.judged_cap_bps(now))]


def _is_moved(auction: Auction, price_of: Callable[[UUID, MarkTerms], Decimal | None]) -> bool:
    terms = auction.step.lot.book.playbook.mark_terms_of(auction.kind)
    opened = auction.marks
    marks = {key: price for key in opened if (price := price_of(key, terms)) is not None}
    priced = marks.keys() == opened.keys()
    return priced if auction.state == AuctionState.HALTED else not priced
