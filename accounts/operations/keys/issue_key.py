"""An API key is issued and shown once. Only a hash is stored, so that nobody who reads the database can act; with a
public key nothing is stored by which anybody could."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.desks.approvals import people_behind
from accounts.desks.keys import create_key, record_key, sign_with
from accounts.events import KeyRegistered
from accounts.models import ApiKey, Provider
from accounts.rules.keys import READING, WINDOW_SECONDS, require_signing
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
    networks: Collection[str] = (),
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    public_key: str = "",
    window_seconds: int = WINDOW_SECONDS,
    of_demo: bool = False,
) -> tuple[ApiKey, str]:
    """A new key and its text, which cannot be had again; with a public key the text is what signed requests name it by.

    Raises `scopes_refused`, `networks_refused`, `public_key_refused`, `public_key_known`, `out_of_range`,
    `provider_not_in_state`, `provider_in_default`, `key_must_sign` for a secret that does more than read, but in a
    demo (`of_demo`, or on servers of its own), and `key_for_members` where a person would have what acts for a
    provider.

    It opens anything from `networks` alone (none: from everywhere), from `not_before` on and before `expires_at`.
    `person` is the name of the user whom it belongs to; None: of whoever issues it. What needs two persons counts it as
    theirs, and as of who issued it.
    """
    if provider is not None and provider.venue_id != venue.id:
        raise AccountRefusal.SCOPES_REFUSED.error(f"{provider} is no provider of {venue}")
    if provider is not None and not READING.issuperset(scopes) and people_behind(current_actor()):
        raise AccountRefusal.KEY_FOR_MEMBERS.error()
    limits: dict[str, Any] = {"networks": networks, "not_before": not_before, "expires_at": expires_at}
    key, secret = create_key(
        venue=venue, provider=provider, scopes=scopes, label=label, person=person or None, **limits
    )
    if not public_key:
        require_signing(scopes, bearer_keys_write=of_demo or settings.BEARER_KEYS_WRITE)
        return key, secret
    known = sign_with(key, public_key, window_seconds)
    record_key(key, KeyRegistered, public_key=known.text)
    return key, key.key_id
