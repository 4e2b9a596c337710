"""What is due: the rows that each sweep works on next, a venue at a time, oldest first. The row is the queue.

Rows that failed stand aside until their `retry_at`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least

from accounts.lifecycle import (
    UNENDED,
    UNSIGNED,
    AllocationFillState,
    AssessmentState,
    ClaimState,
    CoverState,
    DefaultState,
    LossEventState,
    MarginCallState,
    ProviderState,
    RefillState,
)
from accounts.models import (
    Account,
    AccountKind,
    AllocationFill,
    Assessment,
    Claim,
    Cover,
    CoverPremium,
    CoverRate,
    CoverShare,
    CoverUse,
    LossEvent,
    MarginCall,
    Provider,
    ProviderDefault,
    ProviderRating,
    Refill,
    Vault,
)
from accounts.models.ledger import TRANCHES
from accounts.queries import (
    claims_due,
    find_used_up,
    find_waiting,
    margin_calls_due,
    repos_due,
    with_targets,
    worst_bucket,
)
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
    FaultState,
    SettlementState,
    StepKind,
    StepState,
)
from auctions.models import (
    ARRIVAL,
    VENUE_OF,
    AlertRule,
    Auction,
    Bid,
    Book,
    CancelSwitch,
    CutBid,
    Drill,
    Lot,
    MarketRegime,
    Markout,
    Program,
    ProviderFault,
    Round,
    ServiceDay,
    Settlement,
    Step,
    TakeOver,
)
from auctions.queries.breakers import AUCTION_LEVEL
from auctions.queries.inventory import marks_of_take_overs
from auctions.queries.regimes import with_silence, worst_regime
from auctions.rules.breaker import Level
from auctions.rules.regimes import Regime
from auctions.rules.standing_faults import TOO_MANY, WITHIN
from backstop.queries import list_known_prices
from backstop.values.amounts import ZERO
from backstop.values.marks import NOTHING_KNOWN, MarkTerms, reference_of

ROUND_LASTS = timedelta(seconds=2)
BATCH_WEIGHT = 100
BIDS_PER_WEIGHT = 30
_ONE = Value(1)
_HALTED = Q(state=AuctionState.HALTED)
_DUTCH = Q(state=AuctionState.OPEN, kind=StepKind.DUTCH)
_HELD = Q(quantity_left__gt=0)
_ANY_INSTANT = datetime.max.replace(tzinfo=UTC)  # stands for whatever instant is asked about


@dataclass(frozen=True, slots=True)
class Due:
    """Rows of one model that are due at `now`, whoever waits longest (`waiting_since`) first, and of those that wait as
    long in the order of arrival; due since `since`, or since their `retry_at` where they stood aside. A batch takes
    rows up to a weight, of which each has one unless said otherwise, and beside them those that are `stopped` and
    came before any of them: so that nobody is passed who could be served by now. Some rows are due `by_marks` too.
    """

    rows: QuerySet[Any]
    now: datetime
    waiting_since: str
    since: str | Combinable
    weight: Combinable = _ONE
    stopped: QuerySet[Any] | None = None
    by_marks: "ByMarks | None" = None

    def list_venues(self, codes: Collection[str] = (), but: Collection[str] = ()) -> list[UUID]:
        """The venues that have something due, whoever waits longest first: of those with these codes or of all, but
        some."""
        venue = VENUE_OF[self.rows.model]
        able = self._able.exclude(**{f"{venue}__code__in": but})
        if codes:
            able = able.filter(**{f"{venue}__code__in": codes})
        by_venue = able.order_by().values(venue).annotate(oldest=Min(self.waiting_since))
        return list(by_venue.order_by("oldest", venue).values_list(venue, flat=True))

    def list_batch(self, venue_id: UUID) -> list[UUID]:
        """The venue's next rows: one at least, and no more than one transaction should take."""
        of_venue, arrived_at = {VENUE_OF[self.rows.model]: venue_id}, self._arrival[0]
        able = self._able.filter(**of_venue).annotate(weighs=self.weight).order_by(self.waiting_since, *self._arrival)
        heads = list(able.values_list("id", "weighs", arrived_at)[:BATCH_WEIGHT])
        fitting = sum(so_far <= BATCH_WEIGHT for so_far in accumulate(weight for _, weight, _ in heads))
        batch = heads[: max(fitting, 1)]
        chosen = [row for row, _, _ in batch]
        if self.stopped is None or not batch:
            return chosen
        before = {f"{arrived_at}__lt": max(arrived for _, _, arrived in batch)}
        passed = self._not_aside(self.stopped).filter(**of_venue, **before).exclude(id__in=chosen)
        return [*chosen, *passed.order_by(*self._arrival).values_list("id", flat=True)[:BATCH_WEIGHT]]

    def list_ids(self) -> list[UUID]:
        """All of them, of every venue."""
        return list(self._able.order_by(self.waiting_since, *self._arrival).values_list("id", flat=True))

    def get_oldest(self) -> datetime | None:
        """Since when the one has been due that has been so for longest; None where nothing is."""
        due_since = Greatest(self.since, "retry_at", output_field=DateTimeField())
        able = self._able.annotate(due_since=due_since)
        oldest: datetime | None = able.aggregate(oldest=Min("due_since"))["oldest"]
        return oldest

    @property
    def _arrival(self) -> tuple[str, ...]:
        return ARRIVAL[self.rows.model]

    @property
    def perhaps(self) -> QuerySet[Any]:
        """Rows of which some may be due: without these, none is."""
        return self._not_aside(self.rows | self.by_marks.perhaps if self.by_marks else self.rows)

    @property
    def _able(self) -> QuerySet[Any]:
        if self.by_marks is None:
            return self._not_aside(self.rows)
        return self._not_aside(self.rows | self.by_marks.perhaps.filter(id__in=self.by_marks.list_moved(self.now)))

    def _not_aside(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=self.now))


@dataclass(frozen=True, slots=True)
class ByMarks:
    """Rows that marks, or edges that follow them, make due, as rules read them: some of those that are `perhaps`."""

    perhaps: QuerySet[Any]
    list_moved: Callable[[datetime], list[UUID]]


def may_be_due(due: Callable[[datetime], Due], now: datetime) -> bool:
    """Whether it is worth asking what is due: one statement, compiled once, for all the rounds that find nothing."""
    statement, parameters = _compiled(due)
    with connection.cursor() as cursor:
        cursor.execute(statement, [now if each == _ANY_INSTANT else each for each in parameters])
        return cursor.fetchone() is not None


@cache
def _compiled(due: Callable[[datetime], Due]) -> tuple[str, tuple[Any, ...]]:
    return due(_ANY_INSTANT).perhaps.order_by().values_list("id")[:1].query.sql_with_params()


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
    weight = 1 + Count("bids") / BIDS_PER_WEIGHT
    by_marks = ByMarks(Auction.objects.filter(_HALTED | _DUTCH), _list_moved_or_reached)
    return Due(Auction.objects.filter(over), now, "closes_at", since, weight=weight, by_marks=by_marks)


def due_to_expire_bids(now: datetime) -> Due:
    """Auctions with bids whose time is over, and which were not carried over into another round."""
    bids = Bid.objects.filter(firm=False, round=F("auction__round"), auction=OuterRef("pk"))
    over = bids.filter(state=BidState.LIVE, expires_at__lte=now)
    under_way = Q(state=AuctionState.OPEN, closes_at__gt=now) | Q(state=AuctionState.HALTED)
    earliest = Subquery(over.order_by("expires_at").values("expires_at")[:1])
    weight = 1 + _count(over, "auction") / BIDS_PER_WEIGHT
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


def due_to_count_faults(now: datetime) -> Due:
    """Faults whose drift ends, and those of which all has been given again."""
    faults = ProviderFault.objects.filter(state=FaultState.COUNTING)
    given = Q(award__step__lot__ended_at__isnull=False)
    due = faults.filter(given | Q(marks__isnull=True, drift_until__lte=now))
    return Due(due, now, "drift_until", Least("drift_until", "award__step__lot__ended_at"))


def due_to_end_faults(now: datetime) -> Due:
    """Faults that nobody contested, or decided, in time."""
    since = Case(When(state=FaultState.CONTESTED, then=F("decide_until")), default=F("contest_until"))
    return Due(ProviderFault.objects.filter(ProviderFault.over_at(now)), now, "contest_until", since)


def due_to_disable(now: datetime) -> Due:
    """Providers who take part and of whom too many faults stand, found within a while and since they do."""
    standing = ProviderFault.objects.filter(state=FaultState.UPHELD)
    since = Q(provider__resumed_at__isnull=True) | Q(created_at__gt=F("provider__resumed_at"))
    around = Q(created_at__lte=OuterRef("created_at"), created_at__gt=OuterRef("created_at") - WITHIN)
    before = standing.filter(since, around, provider=OuterRef("provider"))
    last = standing.filter(provider=OuterRef("pk")).annotate(together=_count(before, "provider"))
    too_many = last.filter(together__gte=TOO_MANY)
    providers = Provider.objects.filter(Exists(too_many), state=ProviderState.ACTIVE, faults__gte=TOO_MANY)
    stood_at = Subquery(standing.filter(provider=OuterRef("pk")).order_by("-upheld_at").values("upheld_at")[:1])
    return Due(providers, now, "created_at", stood_at)


def due_to_trip(now: datetime) -> Due:
    """Switches of providers who have said nothing in time."""
    live = Bid.objects.filter(provider=OuterRef("provider"), state=BidState.LIVE, commitment=None)
    weight = 1 + _count(live, "provider") / BIDS_PER_WEIGHT
    return Due(CancelSwitch.objects.filter(cancels_at__lte=now), now, "cancels_at", F("cancels_at"), weight=weight)


def _count(rows: QuerySet[Any], by: str) -> Combinable:
    """How many of these rows, which name an outer one by this field, are that one's."""
    counted = rows.order_by().values(by).annotate(rows=Count("*")).values("rows")
    return Coalesce(Subquery(counted), 0)


def due_to_lapse(now: datetime) -> Due:
    """Defaults that were declared, and confirmed by nobody in time."""
    late = ProviderDefault.objects.filter(state=DefaultState.DECLARED, confirm_by__lte=now)
    return Due(late, now, "confirm_by", F("confirm_by"))


def due_to_expire_assessments(now: datetime) -> Due:
    """What providers were called for, and did not pay in time."""
    late = Assessment.objects.filter(state=AssessmentState.DUE, due_by__lte=now)
    return Due(late, now, "due_by", F("due_by"))


def due_to_take_overdue(now: datetime) -> Due:
    """What is overdue of providers that have something free of its asset."""
    own = Account.objects.filter(
        kind=AccountKind.COLLATERAL, provider=OuterRef("provider"), asset=OuterRef("asset"), posted__gt=F("held")
    )
    overdue = Assessment.objects.filter(Exists(own), state=AssessmentState.OVERDUE)
    return Due(overdue, now, "due_by", F("due_by"), weight=Value(BATCH_WEIGHT))


def due_to_lapse_fills(now: datetime) -> Due:
    """What was allocated of losses, and the venue said nothing of in time."""
    waiting = AllocationFill.objects.filter(state=AllocationFillState.ALLOCATED)
    late = waiting.filter(allocation__confirm_by__lte=now)
    return Due(late, now, "allocation__confirm_by", F("allocation__confirm_by"))


def due_to_watch(now: datetime) -> Due:
    """Accounts of tranches that have less than their plan says and are not called for, that are filled again, or whose
    time for that is over."""
    tranches = with_targets(Account.objects.filter(kind__in=TRANCHES, asset__shadow_of=None))
    under_way = Refill.objects.filter(account=OuterRef("pk"), state=RefillState.OPEN)
    filled = Exists(under_way) & (Q(target=None) | Q(posted__gte=F("target")))
    lacking = Q(posted__lt=F("target")) & ~Exists(under_way)
    late = Exists(under_way.filter(refill_by__lte=now))
    never_aside = {"retry_at": Value(None, DateTimeField())}
    return Due(tranches.filter(filled | lacking | late).annotate(**never_aside), now, "created_at", F("created_at"))


def due_to_settle_claims(now: datetime) -> Due:
    """Claims that nobody answered, decided or paid in time."""
    by_when = Case(
        When(state=ClaimState.HELD, then="answer_by"),
        When(state=ClaimState.DISPUTED, then="decide_by"),
        default="due_by",
    )
    return Due(claims_due(now), now, "created_at", by_when)


def margin_calls_to_end(now: datetime) -> QuerySet[MarginCall]:
    """Those whose time is over, but for who waits for a book of its account that came in time: whoever owes cannot sit
    it out."""
    books = Book.objects.filter(
        venue=OuterRef("venue"),
        account=OuterRef("account"),
        asset=OuterRef("cover__asset"),
        received_at__lt=OuterRef("repay_by"),
        state__in=BOOK.under_way,
    )
    return margin_calls_due(now).exclude(Exists(books), state=MarginCallState.CURED)


def due_to_end_margin_calls(now: datetime) -> Due:
    """Margin calls that nobody answered in time, and those of which not all came back in time."""
    by_when = Case(When(state=MarginCallState.CALLED, then="answer_by"), default="repay_by")
    return Due(margin_calls_to_end(now), now, "created_at", by_when)


def due_to_collect(now: datetime) -> Due:
    """What insurers lent to funds and is due, as far as it can be repaid."""
    return Due(repos_due(now), now, "due_at", F("due_at"))


def due_to_handle(now: datetime) -> Due:
    """Defaults whose books did not come in time."""
    late = ProviderDefault.objects.filter(state=DefaultState.CONFIRMED, book_by__lte=now)
    return Due(late, now, "book_by", F("book_by"))


def due_to_end(now: datetime) -> Due:
    """Loss events whose clause is over, and those that wait for nothing any more, or whose time is over."""
    under_way = Book.objects.filter(loss_event=OuterRef("pk")).exclude(state__in=BOOK.final)
    unsold = TakeOver.objects.filter(book__loss_event=OuterRef("pk"), quantity_left__gt=0)
    counted = Q(state=LossEventState.COUNTING) & ((~Exists(under_way) & ~Exists(unsold)) | Q(final_by__lte=now))
    over = Q(state=LossEventState.OPEN, takes_until__lte=now) & ~Q(default__state=DefaultState.CONFIRMED)
    events = LossEvent.objects.exclude(state=LossEventState.FINAL)
    return Due(events.filter(over | counted), now, "takes_until", F("takes_until"))


def due_to_end_covers(now: datetime) -> Due:
    """Covers that lapsed, that claims have used up, whose term is over or that are suspended for too long, and those
    that run off once no loss event is open any more that they stand for."""
    over = Q(state__in=UNSIGNED, lapses_at__lte=now) | Q(state__in=UNENDED, ends_at__lte=now)
    over |= Q(state=CoverState.SUSPENDED, suspended_until__lte=now)
    over |= Q(id__in=find_used_up(Cover.objects.all()).values("id"))
    running_off = Cover.objects.filter(state=CoverState.RUNOFF)
    run_off = Q(state=CoverState.RUNOFF) & ~Q(id__in=find_waiting(running_off))
    return Due(Cover.objects.filter(over | run_off), now, "created_at", Coalesce("ends_at", "lapses_at"))


def due_to_count_service(now: datetime) -> Due:
    """Days of service that are over: each by itself."""
    days = ServiceDay.objects.filter(counted_at=None, due_at__lte=now)
    return Due(days, now, "due_at", F("due_at"), weight=Value(BATCH_WEIGHT))


def due_to_charge(now: datetime) -> Due:
    """Covers whose premium is charged again, daily; and at once where the worst regime of markets or rating of an
    insurer, or what claims use, is another than it was rated by, what was owed is there, or all that insurers lacked
    for a higher limit."""
    newest = CoverRate.objects.filter(premium__cover=OuterRef("pk")).order_by("-starts_at")
    uses = CoverUse.objects.filter(cover=OuterRef("pk")).order_by("-number")
    rated_by = {
        "rated_at": Subquery(newest.values("starts_at")[:1]),
        "rated_used": Subquery(newest.values("used")[:1]),
        "rated_regime": Subquery(newest.values("regime")[:1]),
        "rated_bucket": Subquery(newest.values("bucket")[:1]),
    }
    in_force = {
        "regime": worst_regime(now),
        "bucket": worst_bucket(now),
        "used": Coalesce(Subquery(uses.values("used")[:1]), ZERO),
    }
    is_owed = Q(premium__owed__gt=0) | Q(state=CoverState.SUSPENDED, premium__empty_at__isnull=False)
    is_owed &= Q(premium__account__posted__gt=0)
    wanting = CoverShare.objects.filter(cover=OuterRef("pk"), wanted__gt=0)
    has_it = Account.objects.filter(
        provider=OuterRef("provider"), asset=OuterRef("cover__asset"), kind=AccountKind.COLLATERAL
    ).filter(posted__gte=F("held") + OuterRef("wanted"))
    funded = Exists(wanting) & ~Exists(wanting.filter(~Exists(has_it)))
    covers = Cover.objects.filter(Q(premium__due_at__isnull=False) | is_owed).alias(**rated_by, **in_force)
    rated_anew = (
        ~Q(rated_regime=F("regime")) | ~Q(rated_bucket=F("bucket")) | Q(rated_at__lt=now) & ~Q(rated_used=F("used"))
    )
    changed = Q(rated_anew | Q(funded), premium__due_at__isnull=False)
    going_on = Q(premium__due_at__lte=now) | changed
    return Due(covers.filter(going_on | is_owed), now, "created_at", Coalesce("premium__due_at", "ends_at"))


def due_to_deliver(now: datetime) -> Due:
    """Providers whose margin release 0.2.0 has kept here."""
    kept = Account.objects.filter(provider=OuterRef("pk"), kind=AccountKind.MARGIN, posted__gt=0)
    return Due(Provider.objects.filter(Exists(kept)), now, "created_at", F("created_at"))


def due_to_settle_vaults(now: datetime) -> Due:
    """Vaults to be looked at again, each by itself."""
    vaults = Vault.objects.filter(look_at__lte=now, ended_at=None)
    return Due(vaults, now, "look_at", F("look_at"), weight=Value(BATCH_WEIGHT))


def due_to_watch_alerts(now: datetime) -> Due:
    """Rules of alerts to be looked at again."""
    rules = AlertRule.objects.filter(look_at__lte=now, retired_at=None)
    return Due(rules, now, "look_at", F("look_at"))


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


def get_next_deadline(after: datetime) -> datetime | None:
    """When the next row becomes due by time alone, later than this; None where none will."""
    deadlines = (
        _earliest(Auction.objects.filter(state=AuctionState.OPEN), "closes_at", after),
        _earliest(Auction.objects.filter(state=AuctionState.HALTED), "halt_ends_at", after),
        _earliest(Step.objects.filter(state=StepState.READY), "due_at", after),
        _earliest(Settlement.objects.filter(state=SettlementState.AWAITING), "confirm_by", after),
        _earliest(ProviderDefault.objects.filter(state=DefaultState.DECLARED), "confirm_by", after),
        _earliest(Cover.objects.filter(state__in=UNSIGNED), "lapses_at", after),
        _earliest(Cover.objects.filter(state__in=UNENDED), "ends_at", after),
        _earliest(Cover.objects.filter(state=CoverState.SUSPENDED), "suspended_until", after),
        _earliest(CoverPremium.objects.all(), "due_at", after),
        _earliest(ProviderRating.objects.filter(provider__cover_shares__cover__state__in=UNENDED), "expires_at", after),
        _earliest(with_silence(MarketRegime.objects.filter(regime=Regime.CALM)), "silent_at", after),
        _earliest(Claim.objects.filter(state=ClaimState.HELD), "answer_by", after),
        _earliest(Claim.objects.filter(state=ClaimState.DISPUTED), "decide_by", after),
        _earliest(Claim.objects.filter(state=ClaimState.DUE), "due_by", after),
        _earliest(ProviderFault.objects.filter(state=FaultState.COUNTING, marks__isnull=True), "drift_until", after),
        _earliest(ProviderFault.objects.filter(state=FaultState.CONTESTABLE), "contest_until", after),
        _earliest(ProviderFault.objects.filter(state=FaultState.CONTESTED), "decide_until", after),
        _earliest(Bid.objects.filter(state=BidState.LIVE), "expires_at", after),
        _earliest(CancelSwitch.objects.all(), "cancels_at", after),
    )
    return min((deadline for deadline in deadlines if deadline), default=None)


def _earliest(rows: QuerySet[Any], field: str, after: datetime) -> datetime | None:
    earliest: datetime | None = rows.filter(**{f"{field}__gt": after}).aggregate(earliest=Min(field))["earliest"]
    return earliest


def list_looked_after(stage: str, now: datetime) -> set[str] | None:
    """The codes of the venues whose work at this stage workers have looked for within less than the last two seconds;
    None for all of them."""
    fresh = Round.objects.filter(stage=stage, program=Program.WORKER, ended_at__gt=now - ROUND_LASTS)
    groups = list(fresh.values_list("venues", flat=True))
    return None if [] in groups else {code for group in groups for code in group}
