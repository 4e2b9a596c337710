"""How far a venue is on the way to its first closed book: the fourteen steps of docs/operating.md, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery

from accounts.lifecycle import CommitmentState, ProviderState
from accounts.models import Account, AccountKind, ApprovalLimit, Commitment, LossPlan, Provider, User
from accounts.queries import list_open_keys, load_clusters
from auctions.lifecycle import BookState
from auctions.models import Book, Playbook, Round
from backstop.models import Instrument, Venue
from backstop.queries import get_mark_terms, list_known_prices, marks_in_force


class StepName(StrEnum):
    """The steps as docs/operating.md calls them, in its order."""

    PROGRAMS = "The programs run"
    PEOPLE = "People sign in"
    TRADED = "Something is traded"
    PLAYBOOK = "A playbook says how books are sold"
    PROVIDERS = "Providers compete"
    LOSS_PLAN = "A loss plan says who pays"
    TWO_PERSONS = "Two persons decide"
    KEY = "The venue has a key"
    KEYS_OF_PROVIDERS = "Providers have keys"
    FUND = "The fund has money"
    COLLATERAL = "Providers have collateral"
    MARKS = "Marks are fresh"
    COMMITMENTS = "Commitments stand"
    BOOK = "A book has closed"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step, whether it is done, and what there is of it."""

    name: StepName
    is_done: bool
    saw: str


def list_first_steps(venue: Venue, now: datetime, since: datetime) -> list[FirstStep]:
    """All steps of one venue. Whoever looked for its work since then runs. Four queries."""
    seen = _look(venue, now, since)
    clusters = load_clusters([venue.id])
    rivals = len({clusters.of(group_id) for group_id in seen["competing"]})
    fresh = len(marks_in_force(list_known_prices(seen["traded"]), seen["traded"], now, get_mark_terms(venue.id)))
    traded = len(seen["traded"])
    return [
        FirstStep(StepName.PROGRAMS, seen["processes"] > 0, f"processes: {seen['processes']}"),
        FirstStep(StepName.PEOPLE, seen["people"] > 0, f"with a second factor: {seen['people']}"),
        FirstStep(StepName.TRADED, traded > 0, f"instruments: {traded}"),
        FirstStep(
            StepName.PLAYBOOK,
            seen["playbook_versions"] > 0,
            f"versions: {seen['playbook_versions']}",
        ),
        FirstStep(StepName.PROVIDERS, rivals > 1, f"providers: {len(seen['competing'])}, clusters: {rivals}"),
        FirstStep(StepName.LOSS_PLAN, seen["plan_versions"] > 0, f"versions: {seen['plan_versions']}"),
        FirstStep(StepName.TWO_PERSONS, seen["limits"] > 0, f"assets with a limit: {seen['limits']}"),
        FirstStep(StepName.KEY, seen["keys"] > 0, f"keys that may send books: {seen['keys']}"),
        FirstStep(StepName.KEYS_OF_PROVIDERS, seen["bidders"] > 0, f"keys that may bid: {seen['bidders']}"),
        FirstStep(StepName.FUND, seen["funds"] > 0, f"assets that it has: {seen['funds']}"),
        FirstStep(StepName.COLLATERAL, seen["collaterals"] > 0, f"accounts: {seen['collaterals']}"),
        FirstStep(StepName.MARKS, 0 < traded == fresh, f"instruments: {fresh} of {traded}"),
        FirstStep(StepName.COMMITMENTS, seen["standing"] > 0, f"commitments: {seen['standing']}"),
        FirstStep(StepName.BOOK, seen["closed"] > 0, f"books: {seen['closed']}"),
    ]


def _look(venue: Venue, now: datetime, since: datetime) -> Mapping[str, Any]:
    """What there is of the venue, counted in one query; of providers their groups, of what is traded the ids."""
    keys = list_open_keys(now).filter(venue=OuterRef("pk"))
    accounts = Account.objects.filter(venue=OuterRef("pk"), asset__shadow_of=None, posted__gt=0)
    admitted = Q(is_superuser=True) | Q(appointment__venue=OuterRef("pk"))
    counted: dict[str, QuerySet[Any]] = {
        "processes": Round.objects.filter(Q(venues=[]) | Q(venues__contains=[venue.code]), ended_at__gte=since),
        "people": User.objects.filter(admitted, is_active=True, is_staff=True, totpdevice__confirmed=True),
        "playbook_versions": Playbook.objects.filter(venue=OuterRef("pk")),
        "plan_versions": LossPlan.objects.filter(venue=OuterRef("pk")),
        "limits": ApprovalLimit.objects.filter(venue=OuterRef("pk"), amount__isnull=False),
        "keys": keys.filter(provider=None, scopes__contains=["books"]),
        "bidders": keys.filter(provider__isnull=False, scopes__contains=["bids"]),
        "funds": accounts.filter(kind=AccountKind.FUND),
        "collaterals": accounts.filter(kind=AccountKind.COLLATERAL),
        "standing": Commitment.objects.filter(venue=OuterRef("pk"), state=CommitmentState.ACTIVE, active_at__lte=now),
        "closed": Book.objects.filter(venue=OuterRef("pk"), state=BookState.CLOSED, asset__shadow_of=None),
    }
    providers = Provider.objects.filter(venue=OuterRef("pk"), state=ProviderState.ACTIVE)
    listed = {
        "competing": ArraySubquery(providers.values("group")),
        "traded": ArraySubquery(Instrument.objects.filter(venue=OuterRef("pk")).values("pk")),
    }
    numbers = {name: _number_of(rows, "process" if name == "processes" else "pk") for name, rows in counted.items()}
    found: Mapping[str, Any] = Venue.objects.filter(pk=venue.pk).values(**numbers, **listed).get()
    return found


def _number_of(rows: QuerySet[Any], different: str) -> Subquery:
    """How many different values of a field they have."""
    number = Func(F(different), template="COUNT(DISTINCT %(expressions)s)", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(number=number).values("number"))
