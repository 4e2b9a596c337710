"""An API key at the moment that it matters: what it may be for, who knows its secret, whether it opens anything."""

import secrets
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from accounts import events
from accounts.desks.defaults import require_no_default
from accounts.desks.people import lock_provider
from accounts.lifecycle import ProviderState
from accounts.models import ApiKey, Member, Provider
from accounts.rules.keys import PROVIDER_SCOPES, READING, VENUE_SCOPES, hash_of
from accounts.rules.refusals import AccountRefusal
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock_rows
from backstop.models import Venue
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import current_actor, requires_transaction


def new_secret(prefix: str, venue: Venue) -> str:
    """The text of a key, `<prefix>.<venue's code>.<secret>`, that nobody knows yet.

    By the code a balancer knows which venue asks: see docs/operating.md.
    """
    return f"{prefix}.{venue.code}.{secrets.token_urlsafe(32)}"


@requires_transaction
def create_key(*, venue: Venue, provider: Provider | None, scopes: Collection[str], **said: Any) -> tuple[ApiKey, str]:
    """A new key and its text. Raises `scopes_refused`, `provider_not_in_state`, `provider_in_default`."""
    if provider is not None:
        _require_eligible(lock_provider(provider), scopes)
    possible = VENUE_SCOPES if provider is None else PROVIDER_SCOPES
    if not scopes or not possible.issuperset(scopes):
        raise AccountRefusal.SCOPES_REFUSED.error(f"choose of {', '.join(sorted(possible))}", pointer="/scopes")
    prefix = f"bs_{secrets.token_hex(5)}"
    secret = new_secret(prefix, venue)
    key = ApiKey.objects.create(
        venue=venue,
        provider=provider,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=sorted(set(scopes)),
        issued_by=current_actor(),
        **said,
    )
    record_key(key, events.KeyIssued)
    return key, secret


def _require_eligible(provider: Provider, scopes: Collection[str]) -> None:
    if provider.state == ProviderState.ENDED:
        raise AccountRefusal.PROVIDER_NOT_IN_STATE.error("the provider's time here has ended")
    if not READING.issuperset(scopes):
        require_no_default(provider.id)


def is_providers_own(actor: str) -> bool:
    """Whether who acts is a provider by a key that nobody knows but its members, and programs of its own."""
    kind, _, prefix = actor.partition(":")
    key = ApiKey.objects.filter(prefix=prefix, provider__isnull=False).first() if kind == "key" else None
    if key is None:
        return False
    known_to = set(key.seen_by)
    return Member.objects.filter(provider=key.provider_id, user__username__in=known_to).count() == len(known_to)


@requires_transaction
def require_live_key(*, key_id: UUID, provider_id: UUID) -> None:
    """For what must not happen after a revocation that came between authentication and now. Raises `key_revoked`."""
    if not ApiKey.objects.filter(id=key_id, provider=provider_id, revoked_at__isnull=True).exists():
        raise AccountRefusal.KEY_REVOKED.error()


@requires_transaction
def narrow_keys(provider: Provider) -> None:
    """Let the provider's keys read, and nothing else."""
    live = ApiKey.objects.filter(provider=provider, revoked_at__isnull=True)
    writing = [key for key in lock_rows(Lock.KEY_ROW, live) if set(key.scopes) - READING]
    for key in writing:
        key.scopes = tuple(scope for scope in key.scopes if scope in READING)
    save_changes(writing)
    for key in writing:
        record_key(key, events.KeyNarrowed)


@requires_transaction
def record_key(key: ApiKey, kind: Callable[..., ProviderEvent]) -> None:
    """Record what became of the key."""
    event = kind(
        venue_id=key.venue_id,
        subject_id=key.id,
        provider_id=key.provider_id,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
    )
    record_events([event])
