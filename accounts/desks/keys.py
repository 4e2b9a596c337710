"""An API key at the moment that it matters: what it may be for, who knows its secret or signs with it, whether it
opens anything."""

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import events
from accounts.desks.approvals import require_names
from accounts.desks.defaults import require_no_default
from accounts.desks.people import lock_provider
from accounts.lifecycle import ProviderState
from accounts.models import ApiKey, Member, Provider, PublicKey
from accounts.rules.keys import (
    MOST_WINDOW_SECONDS,
    PROVIDER_SCOPES,
    READING,
    VENUE_SCOPES,
    WINDOW_SECONDS,
    hash_of,
    networks_of,
    public_key_of,
)
from accounts.rules.refusals import AccountRefusal
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock, lock_row, lock_rows
from backstop.metering import Rate
from backstop.models import Venue
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.refusals import GroundRefusal
from backstop.transactions import current_actor, requires_transaction

# Of a key, one after the other.
SUCCESSORS = """
WITH RECURSIVE lineage (id, key_id, place) AS (
  SELECT id, key_id, 0 FROM accounts_publickey WHERE key_id = %s
  UNION ALL
  SELECT next.id, next.key_id, place + 1 FROM lineage JOIN accounts_publickey AS next ON next.replaces_id = lineage.id
)
SELECT key_id FROM lineage WHERE place > 0 ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class SignedOnce:
    """What is to be judged of a signature that is its key's: when it was made, its nonce, and how old it may be."""

    signed_at: datetime
    nonce: str
    window_seconds: int


@dataclass(frozen=True, slots=True)
class UnjudgedKey:
    """A key as it was presented, where the operation itself judges whether it opens anything: the hash of its secret or
    what it signed, from where it was sent, the scope that is needed, and the rate of what is asked."""

    secret_hash: str | None
    signed: SignedOnce | None
    address: str | None
    scope: str
    rate: Rate


def new_secret(prefix: str, venue: Venue) -> str:
    """The text of a key, `<prefix>.<venue's code>.<secret>`, that nobody knows yet.

    By the code a balancer knows which venue asks: see docs/operating.md.
    """
    return f"{prefix}.{venue.code}.{secrets.token_urlsafe(32)}"


def _new_prefix() -> str:
    return f"bs_{secrets.token_hex(5)}"


@requires_transaction
def create_key(
    *,
    venue: Venue,
    provider: Provider | None,
    scopes: Collection[str],
    networks: Iterable[str] = (),
    **said: Any,
) -> tuple[ApiKey, str]:
    """A new key and its text; `said` are fields of it.

    Raises `scopes_refused`, `networks_refused`, `provider_not_in_state`, `provider_in_default`.
    """
    if provider is not None:
        _require_eligible(lock_provider(provider), scopes)
    possible = VENUE_SCOPES if provider is None else PROVIDER_SCOPES
    if not scopes or not possible.issuperset(scopes):
        raise AccountRefusal.SCOPES_REFUSED.error(f"choose of {', '.join(sorted(possible))}", pointer="/scopes")
    prefix = _new_prefix()
    secret = new_secret(prefix, venue)
    key = ApiKey.objects.create(
        venue=venue,
        provider=provider,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=sorted(set(scopes)),
        networks=networks_of(networks),
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


@requires_transaction
def lock_waiting_key(key_id: UUID) -> tuple[ApiKey, str]:
    """A key that was granted to the provider of the member who acts, locked, and the member's name.

    Raises `person_unknown`, `key_not_waiting` (also for who is no member of its provider, or its reader),
    `key_granted_by_you`.
    """
    actor = current_actor()
    names = require_names(actor)
    _, _, username = actor.partition("user:")
    member = Member.objects.filter(user__username=username).first()
    theirs = ApiKey.objects.filter(provider=member.provider_id) if member and member.collects else ApiKey.objects.none()
    key = lock_row(Lock.KEY_ROW, theirs.filter(id=key_id).select_related("venue"))
    if key is None or not key.is_to_be_collected:
        raise AccountRefusal.KEY_NOT_WAITING.error()
    if names & set(key.granted_names or ()):
        raise AccountRefusal.KEY_GRANTED_BY_YOU.error()
    return key, username


@requires_transaction
def sign_with(
    key: ApiKey, public_key: str, window_seconds: int = WINDOW_SECONDS, replaces: PublicKey | None = None
) -> PublicKey:
    """From now on requests of this key, whose secret nobody knows, are signed by the holder of this public key.

    Raises `public_key_refused`, `public_key_known`, `out_of_range`.
    """
    if not 1 <= window_seconds <= MOST_WINDOW_SECONDS:
        raise GroundRefusal.OUT_OF_RANGE.error(f"1 to {MOST_WINDOW_SECONDS} seconds", pointer="/window_seconds")
    said = {"key": key, "window_seconds": window_seconds, "replaces": replaces}
    row, is_new = PublicKey.objects.get_or_create(text=public_key_of(public_key), defaults=said)
    if not is_new:
        raise AccountRefusal.PUBLIC_KEY_KNOWN.error()
    return row


@requires_transaction
def lock_lineage(key: ApiKey) -> list[ApiKey]:
    """The key and what it was rotated into, one after the other, locked: nobody rotates or revokes one of the venue's
    beside."""
    lock(Lock.KEYS, [key.venue_id])
    with connection.cursor() as cursor:
        cursor.execute(SUCCESSORS, [key.id])
        ids = [key.id, *(key_id for (key_id,) in cursor)]
    locked = lock_rows(Lock.KEY_ROW, ApiKey.objects.select_related("venue").filter(id__in=ids))
    return sorted(locked, key=lambda each: ids.index(each.id))


@requires_transaction
def create_successor(key: ApiKey, public_key: str) -> ApiKey:
    """A key for the same and with the same limits, of the same people, which counts as one with this one.

    Raises `public_key_refused`, `public_key_known`.
    """
    prefix = _new_prefix()
    successor = ApiKey.objects.create(
        venue=key.venue,
        provider_id=key.provider_id,
        label=key.label,
        prefix=prefix,
        secret_hash=hash_of(new_secret(prefix, key.venue)),
        scopes=key.scopes,
        issued_by=key.issued_by,
        person=key.person,
        granted_names=key.granted_names,
        networks=key.networks,
        expires_at=key.expires_at,
        collected_at=key.collected_at,
        origin_id=key.counts_as,
    )
    record_key(successor, events.KeyIssued)
    sign_with(successor, public_key, key.public_key.window_seconds, replaces=key.public_key)
    return successor


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
def record_key(key: ApiKey, kind: Callable[..., ProviderEvent], **payload: Any) -> None:
    """Record what became of the key; `payload` is what this kind of event says beyond whose and what for it is."""
    event = kind(
        venue_id=key.venue_id,
        subject_id=key.id,
        provider_id=key.provider_id,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
        **payload,
    )
    record_events([event])
