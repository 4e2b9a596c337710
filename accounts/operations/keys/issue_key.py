"""An API key is issued and shown once. Only a hash is stored, so that nobody who reads the database can act."""

import secrets
from collections.abc import Collection

from accounts.desks.keys import record_key
from accounts.events import KeyIssued
from accounts.lifecycle import ProviderState
from accounts.models import ApiKey, Provider
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES, hash_of
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue
from backstop.transactions import current_actor, operation


@operation
def issue_key(
    *,
    venue: Venue,
    provider: Provider | None = None,
    scopes: Collection[str],
    label: str = "",
    person: str | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, `<prefix>.<venue's code>.<secret>`, which cannot be had again. Raises `scopes_refused`,
    `provider_not_in_state`.

    `person` is the name of the user whom it belongs to; None: of whoever issues it. What needs two persons counts it as
    theirs, and as of who issued it.
    By the code a balancer knows which venue asks: see docs/operating.md.
    """
    possible = VENUE_SCOPES if provider is None else PROVIDER_SCOPES
    if provider is not None and provider.venue_id != venue.id:
        raise AccountRefusal.SCOPES_REFUSED.error(f"{provider} is no provider of {venue}")
    if not scopes or not possible.issuperset(scopes):
        raise AccountRefusal.SCOPES_REFUSED.error(f"choose of {', '.join(sorted(possible))}", pointer="/scopes")
    if provider is not None and provider.state == ProviderState.ENDED:
        raise AccountRefusal.PROVIDER_NOT_IN_STATE.error("the provider's time here has ended")
    prefix = f"bs_{secrets.token_hex(5)}"
    secret = f"{prefix}.{venue.code}.{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        venue=venue,
        provider=provider,
        label=label,
        person=person or None,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=sorted(set(scopes)),
        issued_by=current_actor(),
    )
    record_key(key, KeyIssued)
    return key, secret
