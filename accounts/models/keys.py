"""API keys: only a hash is stored, so a key can be shown once and never again."""

from django.db import models
from django.db.models import Q

from accounts.models.people import Provider
from backstop.models.base import FrozenArrayField, Row
from backstop.models.venues import Venue


class ApiKey(Row):
    """A venue's key, or with `provider` that provider's. `prefix` is the part that may be shown, to tell keys apart;
    `issued_by` is the actor, `person` the name of the user whom it belongs to (None: who issued it)."""

    secret_columns = ("secret_hash",)

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="api_keys")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, blank=True, related_name="api_keys")
    label = models.CharField(max_length=200, blank=True, default="")
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = FrozenArrayField(models.CharField(max_length=32))
    issued_by = models.CharField(max_length=200)
    person = models.CharField(max_length=150, null=True, blank=True)  # noqa: DJ001  programs of 0.2.0 leave it out
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(issued_by=""), name="api_key_issued_by_somebody")]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.provider or self.venue})"
