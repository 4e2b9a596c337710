"""The guarantee of a venue: who stands behind it, by what each has contributed, as loss events open."""

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models.people import Provider
from backstop.models.base import AmountField, Row
from backstop.models.venues import Asset, Venue


class Guarantee(Row):
    """A version of who stood behind a venue as a loss event opened: all events that open until that has changed share
    it, so that a thousand of one crash cost what one does."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue", "version"], name="guarantee_version_once")]
        triggers = [pgtrigger.Protect(name="guarantee_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"guarantee {self.version} of {self.venue}"


class Contribution(Row):
    """What a provider had contributed in an asset then: until the last of the events is final it does not leave."""

    guarantee = models.ForeignKey(Guarantee, models.PROTECT, related_name="contributions", db_index=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="contributions")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    amount = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guarantee", "asset", "provider"], name="contribution_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="contribution_positive"),
        ]
        triggers = [pgtrigger.Protect(name="contribution_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.amount} of {self.provider}"
