"""An API key at the moment that it matters: whether it still opens anything, and the record of what became of it."""

from uuid import UUID

from accounts import events
from accounts.models import ApiKey
from accounts.rules.refusals import AccountRefusal
from backstop.record import record_events
from backstop.transactions import requires_transaction


@requires_transaction
def require_live_key(*, key_id: UUID, provider_id: UUID) -> None:
    """For what must not happen after a revocation that came between authentication and now. Raises `key_revoked`."""
    if not ApiKey.objects.filter(id=key_id, provider=provider_id, revoked_at__isnull=True).exists():
        raise AccountRefusal.KEY_REVOKED.error()


@requires_transaction
def record_key(key: ApiKey, kind: type[events.KeyIssued] | type[events.KeyRevoked]) -> None:
    """Record that the key was issued or revoked."""
    event = kind(
        venue_id=key.venue_id,
        subject_id=key.id,
        provider_id=key.provider_id,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
    )
    record_events([event])
