"""Which faults, switches, defaults, vaults and days of service of providers are due."""

from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Greatest, Least

from accounts.lifecycle import DefaultState, ProviderState
from accounts.models import Account, AccountKind, Assessment, Provider, ProviderDefault, Vault
from accounts.queries import list_unpaying
from auctions.lifecycle import BidState, FaultState
from auctions.models import Bid, CancelSwitch, ProviderFault, ServiceDay
from auctions.queries.due.batches import BATCH_WEIGHT, Due, count_of, weight_of
from auctions.rules.standing_faults import TOO_MANY, WITHIN


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
    """Providers who take part and of whom, since they do, too many faults stand, found within a while, or something
    that they were called for was written off."""
    standing = ProviderFault.objects.filter(state=FaultState.UPHELD)
    since = Q(provider__resumed_at__isnull=True) | Q(created_at__gt=F("provider__resumed_at"))
    around = Q(created_at__lte=OuterRef("created_at"), created_at__gt=OuterRef("created_at") - WITHIN)
    before = standing.filter(since, around, provider=OuterRef("provider"))
    last = standing.filter(provider=OuterRef("pk")).annotate(together=count_of(before, "provider"))
    too_many = last.filter(together__gte=TOO_MANY)
    failing = Provider.objects.filter(Exists(too_many), state=ProviderState.ACTIVE, faults__gte=TOO_MANY)
    stood_at = Subquery(standing.filter(provider=OuterRef("pk")).order_by("-upheld_at").values("upheld_at")[:1])
    written_off = Assessment.objects.filter(provider=OuterRef("pk")).exclude(written_off_at=None)
    written_off_at = Subquery(written_off.order_by("-written_off_at").values("written_off_at")[:1])
    return Due(failing | list_unpaying(), now, "created_at", Greatest(stood_at, written_off_at))


def due_to_trip(now: datetime) -> Due:
    """Switches of providers who have said nothing in time."""
    live = Bid.objects.filter(provider=OuterRef("provider"), state=BidState.LIVE, commitment=None)
    weight = weight_of(count_of(live, "provider"))
    return Due(CancelSwitch.objects.filter(cancels_at__lte=now), now, "cancels_at", F("cancels_at"), weight=weight)


def due_to_lapse(now: datetime) -> Due:
    """Defaults that were declared, and confirmed by nobody in time."""
    late = ProviderDefault.objects.filter(state=DefaultState.DECLARED, confirm_by__lte=now)
    return Due(late, now, "confirm_by", F("confirm_by"))


def due_to_handle(now: datetime) -> Due:
    """Defaults whose books did not come in time."""
    late = ProviderDefault.objects.filter(state=DefaultState.CONFIRMED, book_by__lte=now)
    return Due(late, now, "book_by", F("book_by"))


def due_to_deliver(now: datetime) -> Due:
    """Providers whose margin release 0.2.0 has kept here."""
    kept = Account.objects.filter(provider=OuterRef("pk"), kind=AccountKind.MARGIN, posted__gt=0)
    return Due(Provider.objects.filter(Exists(kept)), now, "created_at", F("created_at"))


def due_to_settle_vaults(now: datetime) -> Due:
    """Vaults to be looked at again, each by itself."""
    vaults = Vault.objects.filter(look_at__lte=now, ended_at=None)
    return Due(vaults, now, "look_at", F("look_at"), weight=Value(BATCH_WEIGHT))


def due_to_count_service(now: datetime) -> Due:
    """Days of service that are over: each by itself."""
    days = ServiceDay.objects.filter(counted_at=None, due_at__lte=now)
    return Due(days, now, "due_at", F("due_at"), weight=Value(BATCH_WEIGHT))
