"""API keys: only a hash is stored, so a key can be shown once and never again."""

from django.db import models
from django.db.models import Q

from accounts.models.people import Provider
from backstop.models.base import FrozenArrayField, Row
from backstop.models.venues import Venue


class ApiKey(Row):
    """A venue's key, or with `provider` that provider's. `prefix` is the part that may be shown, to tell keys apart;
    `issued_by` is the actor, `person` the name of the user whom it belongs to (None: who issued it).

    A granted key opens nothing until a member of its provider collects it, who alone sees its secret: `granted_names`
    are those by which who granted it is known (None: its secret was shown as it was issued)."""

    secret_columns = ("secret_hash",)

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="api_keys")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, blank=True, related_name="api_keys")
    label = models.CharField(max_length=200, blank=True, default="")
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = FrozenArrayField(models.CharField(max_length=32))
    issued_by = models.CharField(max_length=200)
    person = models.CharField(max_length=150, null=True, blank=True)  # noqa: DJ001  programs of 0.2.0 leave it out
    granted_names = FrozenArrayField(models.CharField(max_length=400), null=True)
    collected_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(issued_by=""), name="api_key_issued_by_somebody")]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.provider or self.venue})"

    @property
    def people(self) -> list[str]:
        """The names of the users behind it: whose it is, and who issued it. None of a key that a command made for
        nobody."""
        _, _, issuer = self.issued_by.partition("user:")
        return [each for each in (self.person, issuer) if each]

    @property
    def seen_by(self) -> list[str]:
        """The names of those of them who may know its secret."""
        if self.granted_names is None:
            return self.people
        return [self.person] if self.person else []

    @property
    def is_to_be_collected(self) -> bool:
        """Whether nobody knows its secret yet."""
        return self.granted_names is not None and self.collected_at is None and self.revoked_at is None
