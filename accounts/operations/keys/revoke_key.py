"""An API key is revoked, for ever, and with it whatever it was rotated into."""

from accounts.desks.keys import lock_lineage, record_key
from accounts.events import KeyRevoked
from accounts.models import ApiKey
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def revoke_key(*, key: ApiKey) -> ApiKey:
    """From now on the key opens nothing, nor do its successors; revoking twice keeps the first instant."""
    lineage = lock_lineage(key)
    now = clock.now()
    revoked = [each for each in lineage if each.revoked_at is None]
    for each in revoked:
        each.revoked_at = now
    save_changes(revoked)
    for each in revoked:
        record_key(each, KeyRevoked)
    return lineage[0]
