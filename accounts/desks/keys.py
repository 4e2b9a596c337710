"""An API key at the moment that it matters: whether it still opens anything, and the record of what became of it."""

from uuid import UUID

from accounts import events
from accounts.models import ApiKey, Provider
from accounts.rules.keys import READING
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction


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
def record_key(key: ApiKey, kind: type[events.KeyIssued] | type[events.KeyNarrowed] | type[events.KeyRevoked]) -> None:
    """Record that the key was issued, narrowed or revoked."""
    event = kind(
        venue_id=key.venue_id,
        subject_id=key.id,
        provider_id=key.provider_id,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
    )
    record_events([event])
