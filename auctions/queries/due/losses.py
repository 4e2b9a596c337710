"""Which loss events, and what pays them, are due: calls, allocations, tranches, covers, their claims and loans."""

from datetime import datetime

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

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
    RefillState,
    RepoState,
)
from accounts.models import (
    Account,
    AccountKind,
    AllocationFill,
    Assessment,
    Cover,
    CoverRate,
    CoverShare,
    CoverUse,
    LossEvent,
    MarginCall,
    Refill,
    Repo,
)
from accounts.models.ledger import TRANCHES
from accounts.queries import (
    claims_due,
    find_used_up,
    find_waiting,
    list_collectible,
    list_collectible_of_contributions,
    list_uncollectible,
    margin_calls_due,
    repos_due,
    with_targets,
    worst_bucket,
)
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER
from accounts.rules.sharing.repos import SOLD_AFTER, SOLD_AGAIN_AFTER
from auctions.lifecycle import BOOK
from auctions.models import Book, TakeOver
from auctions.queries.due.batches import BATCH_WEIGHT, Due
from auctions.queries.regimes import worst_regime
from backstop.values.amounts import ZERO


def due_to_end(now: datetime) -> Due:
    """Loss events whose clause is over, and those that wait for nothing any more, or whose time is over."""
    under_way = Book.objects.filter(loss_event=OuterRef("pk")).exclude(state__in=BOOK.final)
    unsold = TakeOver.objects.filter(book__loss_event=OuterRef("pk"), quantity_left__gt=0)
    counted = Q(state=LossEventState.COUNTING) & ((~Exists(under_way) & ~Exists(unsold)) | Q(final_by__lte=now))
    over = Q(state=LossEventState.OPEN, takes_until__lte=now) & ~Q(default__state=DefaultState.CONFIRMED)
    return Due(LossEvent.under_way().filter(over | counted), now, "takes_until", F("takes_until"))


def due_to_expire_assessments(now: datetime) -> Due:
    """What providers were called for, and did not pay in time."""
    late = Assessment.objects.filter(state=AssessmentState.DUE, due_by__lte=now)
    return Due(late, now, "due_by", F("due_by"))


def due_to_take_overdue(now: datetime) -> Due:
    """What is overdue of providers that have something free in its asset, or contributed what nothing needs now."""
    overdue = list_collectible() | list_collectible_of_contributions(now)
    return Due(overdue, now, "due_by", F("due_by"), weight=Value(BATCH_WEIGHT))


def due_to_write_off(now: datetime) -> Due:
    """What is overdue for long, of providers that have nothing left of its asset."""
    return Due(list_uncollectible(now), now, "due_by", F("overdue_at") + WRITTEN_OFF_AFTER)


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


def list_pledges_to_sell(now: datetime) -> QuerySet[Repo]:
    """Repos that are overdue for long and for which something is pledged, but where a sale of that goes on, or ended
    within a day."""
    sales = Book.objects.filter(owned_by_fund=True, positions__instrument=OuterRef("instrument"))
    ended_at = Coalesce("closed_at", "withdrawn_at")
    recent = sales.alias(again_at=ended_at + SOLD_AGAIN_AFTER).filter(Q(state__in=BOOK.under_way) | Q(again_at__gt=now))
    overdue = Repo.objects.filter(state=RepoState.OVERDUE, pledged__gt=0).alias(sell_at=F("due_at") + SOLD_AFTER)
    return overdue.filter(~Exists(recent), sell_at__lte=now)


def due_to_sell_pledges(now: datetime) -> Due:
    """What is pledged for repos that are overdue for long."""
    return Due(list_pledges_to_sell(now), now, "due_at", F("due_at") + SOLD_AFTER)


def due_to_end_covers(now: datetime) -> Due:
    """Covers that lapsed, that claims have used up, whose term is over or that are suspended for too long, and those
    that run off once no loss event is open any more that they stand for."""
    over = Q(state__in=UNSIGNED, lapses_at__lte=now) | Q(state__in=UNENDED, ends_at__lte=now)
    over |= Q(state=CoverState.SUSPENDED, suspended_until__lte=now)
    over |= Q(id__in=find_used_up(Cover.objects.all()).values("id"))
    running_off = Cover.objects.filter(state=CoverState.RUNOFF)
    run_off = Q(state=CoverState.RUNOFF) & ~Q(id__in=find_waiting(running_off))
    return Due(Cover.objects.filter(over | run_off), now, "created_at", Coalesce("ends_at", "lapses_at"))


def due_to_charge(now: datetime) -> Due:
    """Covers whose premium is charged again, daily; and at once where the worst regime of markets or rating of an
    insurer, or what claims use, is another than it was rated by, what was owed is there, or all that insurers lacked
    for a higher limit. Those that run off, which nothing is charged for daily, once an insurer has some of what it
    lacks."""
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
    shares = CoverShare.objects.filter(cover=OuterRef("pk"))
    own = Account.objects.filter(
        provider=OuterRef("provider"), asset=OuterRef("cover__asset"), kind=AccountKind.COLLATERAL
    )
    wanting = shares.filter(wanted__gt=0)
    has_it = own.filter(posted__gte=F("held") + OuterRef("wanted"))
    funded = Exists(wanting) & ~Exists(wanting.filter(~Exists(has_it)))
    filling = shares.filter(Exists(own.filter(posted__gt=F("held"))), lacking__gt=0)
    waits = is_owed | Q(Exists(filling), state=CoverState.RUNOFF)
    covers = Cover.objects.filter(Q(premium__due_at__isnull=False) | waits).alias(**rated_by, **in_force)
    rated_anew = (
        ~Q(rated_regime=F("regime")) | ~Q(rated_bucket=F("bucket")) | Q(rated_at__lt=now) & ~Q(rated_used=F("used"))
    )
    changed = Q(rated_anew | Q(funded), premium__due_at__isnull=False)
    going_on = Q(premium__due_at__lte=now) | changed
    return Due(covers.filter(going_on | waits), now, "created_at", Coalesce("premium__due_at", "ends_at"))
