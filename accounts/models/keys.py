"""API keys: of a secret only a hash is stored, so that it can be shown once and never again; of a key that signs only
its public half, so that there is no secret here at all."""

import base64
from datetime import datetime
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models.people import Provider
from accounts.rules.keys import MOST_WINDOW_SECONDS, WINDOW_SECONDS
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
    # The networks that it opens anything from; None: from everywhere.
    networks = FrozenArrayField(models.CharField(max_length=43), null=True)
    not_before = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    collected_at = models.DateTimeField(null=True, blank=True)
    # The first of those that it was rotated from, with which it counts as one; None: it is the first.
    origin_id = models.UUIDField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(issued_by=""), name="api_key_issued_by_somebody")]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.provider or self.venue})"

    @property
    def key_id(self) -> str:
        """By what a signed request names it. By the venue's code a balancer knows whose it is, as of a secret."""
        return f"{self.prefix}.{self.venue.code}"

    def is_live(self, now: datetime) -> bool:
        """Whether it opens anything yet: at the instant at which it ends it does not."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def counts_as(self) -> UUID:
        """What it may ask, and has asked for once, counts as this key's, whatever it was rotated into."""
        return self.origin_id or self.id

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


class PublicKey(Row):
    """The public half of an Ed25519 key with which a key's holder signs its requests: it never changes, and belongs to
    one key for ever. `window_seconds` is how old a signature may be. `replaces` is the one that it was rotated from."""

    key = models.OneToOneField(ApiKey, models.PROTECT, related_name="public_key")
    text = models.CharField(max_length=44, unique=True)  # its 32 bytes in base64
    window_seconds = models.PositiveSmallIntegerField(default=WINDOW_SECONDS)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(window_seconds__gte=1, window_seconds__lte=MOST_WINDOW_SECONDS),
                name="public_key_window_short",
            )
        ]
        triggers = [pgtrigger.Protect(name="public_key_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text

    @property
    def content(self) -> bytes:
        return base64.b64decode(self.text)


class SpentNonce(models.Model):
    """A nonce that a signed request brought, kept until the signature is too old by itself. `name` is the key's id and
    the nonce. See accounts/sql/judge_key.sql."""

    rows_go = True

    name = models.CharField(max_length=101, primary_key=True)
    stale_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["stale_at"], name="spent_nonce_age")]

    def __str__(self) -> str:
        return self.name
