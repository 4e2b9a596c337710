"""An API key at the moment that it matters: whether it still opens anything, and the record of what became of it."""

from uuid import UUID

from accounts.models import ApiKey
from accounts.rules.refusals import AccountRefusal
from backstop.record import NewEvent, record_events


def require_live_key(*, key_id: UUID, provider_id: UUID) -> None:
    """For what must not happen after a revocation that came between authentication and now. Raises `key_revoked`."""
    if not ApiKey.objects.filter(id=key_id, provider=provider_id, revoked_at__isnull=True).exists():
        raise AccountRefusal.KEY_REVOKED.error()


def record_key(key: ApiKey, kind: str) -> None:
    event = NewEvent(key.venue_id, kind, key.id, key.provider_id, {"prefix": key.prefix, "scopes": key.scopes})
    record_events([event])
