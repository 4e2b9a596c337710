"""Loss events: all that one cluster's failure costs; and the defaults of providers, each of which is one."""

from datetime import datetime
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.lifecycle import DEFAULT, LOSS_EVENT, DefaultState, LossEventState
from accounts.models.guarantees import Guarantee
from accounts.models.loss_plans import LossPlan, plan_of
from accounts.models.people import Group, Provider
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.plans import Plan
from backstop.models.base import MAX_REASON, DeadlineField, FrozenArrayField, FrozenJSONField, Parkable, Row
from backstop.models.venues import Venue


class LossEventKind(models.TextChoices):
    """Whose failure it is: liquidated accounts', or a provider's own."""

    ACCOUNT = "ACCOUNT", "liquidated accounts"
    PROVIDER = "PROVIDER", "a provider's default"


class LossEvent(Row, Parkable):
    """What the books cost that joined it: those of a `cluster` (the first group of it), or without one of an `account`;
    with neither it is one book's own.

    It keeps the `groups` that were the cluster as it opened, and the `providers` that belonged to these: whose it is,
    whom covers protect from it and who takes no part are asked of that, whatever is related or moved later. So are the
    clusters of who insured something then, `insurers`: whose edges are an insurer's own.

    Books join until `takes_until`: for an account's event until the hours clause is over, for a provider's as long as
    its book may come. At `final_by` it is final in any case; outages put that off, as they do what its books wait for.
    Its `guarantee` is who stood behind the venue as it opened, where its plan asks those for something.
    """

    lifecycle = LOSS_EVENT

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="loss_events")
    kind = models.CharField(max_length=8, choices=LossEventKind)
    cluster = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+")
    account = models.CharField(max_length=128, blank=True, default="")
    groups = FrozenArrayField(models.UUIDField(), default=list, db_default=[], editable=False)
    providers = FrozenArrayField(models.UUIDField(), default=list, db_default=[], editable=False)
    insurers = FrozenJSONField(null=True, editable=False)
    state = models.CharField(max_length=16, choices=LossEventState, default=LossEventState.OPEN, editable=False)
    opened_at = models.DateTimeField()
    hours_clause_seconds = models.PositiveIntegerField()
    plan = models.ForeignKey(LossPlan, models.PROTECT, null=True, related_name="+", db_index=False)
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, null=True, related_name="loss_events", db_index=False)
    takes_until = models.DateTimeField()
    final_by = DeadlineField()
    counting_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cluster__isnull=True) | Q(account=""), name="loss_event_of_a_cluster_or_an_account"
            ),
            models.CheckConstraint(
                condition=~Q(kind=LossEventKind.PROVIDER) | Q(cluster__isnull=False),
                name="loss_event_of_a_provider_has_its_cluster",
            ),
            models.CheckConstraint(
                condition=Q(cluster__isnull=True, groups__len=0) | Q(cluster__isnull=False, groups__len__gt=0),
                name="loss_event_keeps_its_groups",
            ),
            models.CheckConstraint(
                condition=Q(takes_until__gt=models.F("opened_at"), final_by__gte=models.F("takes_until")),
                name="loss_event_ends_after_it_takes",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "takes_until"], condition=~Q(state="FINAL"), name="loss_event_under_way"),
            models.Index(fields=["venue", "created_at", "id"], name="loss_event_of_venue"),
            models.Index(fields=["venue", "opened_at"], name="loss_event_by_opening"),
            models.Index(
                fields=["venue", "created_at", "id"],
                condition=Q(kind=LossEventKind.PROVIDER),
                name="loss_event_of_defaults",
            ),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="loss_event_parked"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="loss_event_party_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("venue", "kind", "cluster", "account", "groups", "providers", "insurers"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cluster or self.account or self.id}"

    @classmethod
    def under_way(cls) -> models.QuerySet["LossEvent"]:
        """Those that are not final."""
        return cls.objects.exclude(state=LossEventState.FINAL)

    @property
    def planned(self) -> Plan:
        """The plan that it was opened with."""
        return plan_of(self.plan)

    @property
    def clusters(self) -> Clusters[UUID]:
        """Who counted as one with it as it opened."""
        return Clusters(dict.fromkeys(self.groups, frozenset(self.groups)))

    @property
    def insuring(self) -> list[frozenset[UUID]]:
        """The clusters of who insured something as it opened, each told by its providers."""
        return [frozenset(map(UUID, cluster)) for cluster in self.insurers or ()]

    @property
    def party(self) -> tuple[UUID | None, str]:
        """Whose it is: a cluster's or an account's."""
        return self.cluster_id and self.clusters.of(self.cluster_id), self.account

    def is_of(self, group_id: UUID | None, account: str) -> bool:
        """Whether it is the failure of this group, or where none owns the account, of that."""
        if group_id is not None:
            return group_id in self.groups
        return self.cluster_id is None and account == self.account

    def put_off(self, since: datetime, now: datetime) -> None:
        """Be final as much later as has passed since then, or since it opened; does not save."""
        self.final_by += now - max(since, self.opened_at)


class Ground(models.TextChoices):
    """Why a provider is declared in default."""

    ASSESSMENT_OVERDUE = "ASSESSMENT_OVERDUE", "an assessment is overdue"
    CLAIM_OVERDUE = "CLAIM_OVERDUE", "a claim is overdue"
    EQUITY_BELOW_REQUIREMENT = "EQUITY_BELOW_REQUIREMENT", "its equity is below its margin requirement"
    PAYMENT_MISSED = "PAYMENT_MISSED", "a payment was missed"


class ProviderDefault(Row, Parkable):
    """A provider's default: declared by one person on a `ground`, confirmed by another before `confirm_by`, or lapsed.
    Once it is confirmed its book comes by `book_by`, and what that costs is its loss event."""

    lifecycle = DEFAULT

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="defaults")
    state = models.CharField(max_length=16, choices=DefaultState, default=DefaultState.DECLARED, editable=False)
    ground = models.CharField(max_length=32, choices=Ground)
    reason = models.CharField(max_length=MAX_REASON)
    declared_by = models.CharField(max_length=200)
    declared_at = models.DateTimeField()
    confirm_by = models.DateTimeField()
    confirmed_by = models.CharField(max_length=200, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    book_by = models.DateTimeField(null=True)
    loss_event = models.OneToOneField(LossEvent, models.PROTECT, null=True, related_name="default")
    lapsed_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider"], condition=Q(state__in=DEFAULT.under_way), name="provider_default_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[DefaultState.DECLARED, DefaultState.LAPSED])
                | (Q(loss_event__isnull=False, book_by__isnull=False) & ~Q(confirmed_by="")),
                name="provider_default_confirmed_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="provider_default_for_a_reason"),
        ]
        indexes = [models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="default_parked")]

    def __str__(self) -> str:
        return f"default of {self.provider}"

    def confirm(self, who: str, loss_event: LossEvent, at: datetime) -> None:
        """Another person confirms it; what it costs is that event, whose books come as long as it takes them."""
        self.move_to(DefaultState.CONFIRMED, at)
        self.confirmed_by, self.loss_event, self.book_by = who, loss_event, loss_event.takes_until
