"""Loss plans: whose money pays what a loss event costs, version by version; an event keeps the one it opened with."""

from django.db import models
from django.db.models import Q

from accounts.rules.sharing.plans import FIRST_RANK, LayerKind, Plan, PlannedLayer
from accounts.rules.sharing.positions import Method
from backstop.models.base import MAX_REASON, AmountField, Row
from backstop.models.venues import Venue


class LossPlan(Row):
    """A version of a venue's plan that somebody set, for events that open from then on."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="loss_plans")
    version = models.PositiveIntegerField()
    reason = models.CharField(max_length=MAX_REASON)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "version"], name="loss_plan_version_unique"),
            models.CheckConstraint(condition=Q(version__gte=1), name="loss_plan_version_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="loss_plan_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"loss plan {self.version} of {self.venue}"

    @property
    def planned(self) -> Plan:
        """It as the rules see it."""
        rows = sorted(self.layers.all(), key=lambda layer: layer.rank)
        return Plan(self.version, self.created_at, tuple(row.planned for row in rows))


class LossLayer(Row):
    """One line of a plan: of whose money how much may be used. No money of others ranks before the first tranche."""

    plan = models.ForeignKey(LossPlan, models.PROTECT, related_name="layers")
    rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in LayerKind])
    per_event = AmountField(null=True)
    per_24h = AmountField(null=True)
    target = AmountField(null=True)
    method = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Method], blank=True, default="", db_default=""
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "rank"], name="loss_layer_one_a_rank"),
            models.UniqueConstraint(fields=["plan", "kind"], name="loss_layer_one_of_a_kind"),
            models.CheckConstraint(
                condition=Q(kind=LayerKind.FIRST_TRANCHE.value, rank=FIRST_RANK)
                | (~Q(kind=LayerKind.FIRST_TRANCHE.value) & Q(rank__gt=FIRST_RANK)),
                name="loss_layer_first_tranche_first",
            ),
            models.CheckConstraint(
                condition=(Q(per_event__isnull=True) | Q(per_event__gte=0))
                & (Q(per_24h__isnull=True) | Q(per_24h__gte=0)),
                name="loss_layer_limits_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=True)
                | Q(target__gt=0, kind__in=[LayerKind.FIRST_TRANCHE.value, LayerKind.SECOND_TRANCHE.value]),
                name="loss_layer_target_of_a_tranche",
            ),
            models.CheckConstraint(
                condition=(Q(kind=LayerKind.LOSS_ALLOCATION.value) & ~Q(method=""))
                | (~Q(kind=LayerKind.LOSS_ALLOCATION.value) & Q(method="")),
                name="loss_layer_method_of_allocation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.kind}"

    @property
    def planned(self) -> PlannedLayer:
        """It as the rules see it."""
        method = Method(self.method) if self.method else None
        return PlannedLayer(LayerKind(self.kind), self.per_event, self.per_24h, self.target, method)


def plan_of(row: LossPlan | None) -> Plan:
    """The plan that is gone by: where none was set, version 0."""
    return row.planned if row else Plan()
