"""API keys: issued once, shown once, revoked for ever.

Called by the admin, `create_key` and the demo. Only a hash is stored, so that nobody who reads the database can act.
"""

from uuid import UUID

from accounts import events
from accounts.models import ApiKey
from accounts.rules.refusals import KeyRevoked
from backstop.record import record_events


def require_live_key(*, key_id: UUID, provider_id: UUID) -> None:
    """For what must not happen after a revocation that came between authentication and now. Raises `KeyRevoked`."""
    if not ApiKey.objects.filter(id=key_id, provider=provider_id, revoked_at__isnull=True).exists():
        raise KeyRevoked("this key was revoked")


def record_key(key: ApiKey, kind: type[events.KeyIssued] | type[events.KeyRevoked]) -> None:
    event = kind(
        venue_id=key.venue_id,
        subject_id=key.id,
        provider_id=key.provider_id,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
    )
    record_events([event])
