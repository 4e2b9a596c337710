"""What a provider has at stake at its venue, as the venue reports it, and the limits that the venue sets."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q

from accounts.models.people import Group, Provider
from backstop.models.base import AmountField, Row
from backstop.models.venues import Asset, Venue


class ReportedStanding(Row):
    """A provider's equity and margin requirement in one asset at its venue, with its settlements up to
    `included_sequence`."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="standings")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    equity = AmountField()
    requirement = AmountField()
    included_sequence = models.BigIntegerField()
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "asset"], name="reported_standing_one_per_asset"),
            models.CheckConstraint(condition=Q(requirement__gte=0), name="reported_standing_requirement_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.asset}"

    def report(self, equity: Decimal, requirement: Decimal, included_sequence: int, at: datetime) -> None:
        """Take the venue's word."""
        self.equity, self.requirement = equity, requirement
        self.included_sequence, self.reported_at = included_sequence, at


class ExposureLimit(Row):
    """The most that the cluster of this group may hold in instruments settled in one asset, at marks: gross, and net.
    Where several groups of a cluster have limits, the smallest count. None: no limit."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, models.PROTECT, related_name="exposure_limits")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    gross_limit = AmountField(null=True)
    net_limit = AmountField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "asset"], name="exposure_limit_one_per_asset"),
            models.CheckConstraint(
                condition=(Q(gross_limit__isnull=True) | Q(gross_limit__gte=0))
                & (Q(net_limit__isnull=True) | Q(net_limit__gte=0)),
                name="exposure_limit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.asset}"
