"""An API key is issued and shown once. Only a hash is stored, so that nobody who reads the database can act."""

import secrets
from collections.abc import Collection

from accounts.desks.keys import record_key
from accounts.models import ApiKey, Provider
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES, hash_of
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue
from backstop.transactions import operation


@operation
def issue_key(
    *, venue: Venue, provider: Provider | None = None, scopes: Collection[str], label: str = ""
) -> tuple[ApiKey, str]:
    """A new key and its secret text, `<prefix>.<secret>`, which cannot be had again. Raises `scopes_refused`."""
    possible = VENUE_SCOPES if provider is None else PROVIDER_SCOPES
    if provider is not None and provider.venue_id != venue.id:
        raise AccountRefusal.SCOPES_REFUSED.error(f"{provider} is no provider of {venue}")
    if not scopes or not possible.issuperset(scopes):
        raise AccountRefusal.SCOPES_REFUSED.error(f"choose of {', '.join(sorted(possible))}", pointer="/scopes")
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
    record_key(key, "key_issued")
    return key, secret
