"""API keys: issued once, shown once, revoked for ever.

Called by the admin, `create_key` and the demo. Only a hash is stored, so that nobody who reads the database can act.
"""

import hashlib
import secrets
from collections.abc import Collection
from uuid import UUID

from accounts.models import ApiKey, Provider
from backstop import clock
from backstop.errors import NotAllowed, Refused
from backstop.models import Venue
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import operation

VENUE_SCOPES = frozenset({"marks", "books", "settlements", "collateral", "holdings", "breakers"})
PROVIDER_SCOPES = frozenset({"read", "commitments", "bids"})


class ScopesRefused(Refused):
    """A venue's key and a provider's key have different scopes, and no key has both."""


class KeyRevoked(NotAllowed):
    """The key opens nothing any more."""


@operation
def issue_key(
    *, venue: Venue, provider: Provider | None = None, scopes: Collection[str], label: str = ""
) -> tuple[ApiKey, str]:
    """A new key and its secret text, `<prefix>.<secret>`, which cannot be had again. Raises `ScopesRefused`."""
    possible = VENUE_SCOPES if provider is None else PROVIDER_SCOPES
    if provider is not None and provider.venue_id != venue.id:
        raise ScopesRefused(f"{provider} is no provider of {venue}")
    if not scopes or not possible.issuperset(scopes):
        raise ScopesRefused(f"choose of {', '.join(sorted(possible))}", pointer="/scopes")
    prefix = f"bs_{secrets.token_hex(5)}"
    secret = f"{prefix}.{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        venue=venue,
        provider=provider,
        label=label,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=sorted(set(scopes)),
    )
    _record(key, "key_issued")
    return key, secret


@operation
def revoke_key(*, key: ApiKey) -> ApiKey:
    """From now on the key opens nothing; revoking twice keeps the first instant."""
    key = ApiKey.objects.select_for_update(no_key=True).get(id=key.id)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        _record(key, "key_revoked")
    return key


def require_live_key(*, key_id: UUID, provider_id: UUID) -> None:
    """For what must not happen after a revocation that came between authentication and now. Raises `KeyRevoked`."""
    if not ApiKey.objects.filter(id=key_id, provider=provider_id, revoked_at__isnull=True).exists():
        raise KeyRevoked("this key was revoked")


def hash_of(secret: str) -> str:
    """What is stored of a key. The secret has 256 random bits, so that a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(key: ApiKey, kind: str) -> None:
    event = NewEvent(key.venue_id, kind, key.id, key.provider_id, {"prefix": key.prefix, "scopes": key.scopes})
    record_events([event])
