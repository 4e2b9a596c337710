"""An API key is revoked, for ever."""

from accounts.desks.keys import record_key
from accounts.events import KeyRevoked
from accounts.models import ApiKey
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def revoke_key(*, key: ApiKey) -> ApiKey:
    """From now on the key opens nothing; revoking twice keeps the first instant."""
    (key,) = lock_rows(Lock.KEY_ROW, ApiKey.objects.filter(id=key.id))
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        save_changes([key])
        record_key(key, KeyRevoked)
    return key
