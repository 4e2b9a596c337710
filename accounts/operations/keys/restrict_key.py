"""An API key opens less from now on: from fewer places, or for less long."""

from collections.abc import Sequence
from datetime import datetime

from accounts.desks.keys import record_key
from accounts.events import KeyRestricted
from accounts.models import ApiKey
from accounts.rules.keys import is_within, networks_of
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def restrict_key(*, key: ApiKey, networks: Sequence[str] = (), expires_at: datetime | None = None) -> ApiKey:
    """The key opens anything from these networks alone (none: from where it did), and before `expires_at` (None: as it
    was). Nobody is given more by this, so that one person may do it.

    Raises `networks_refused`, `key_wider`.
    """
    (key,) = lock_rows(Lock.KEY_ROW, ApiKey.objects.filter(id=key.id))
    named = networks_of(networks) or key.networks
    ends_at = expires_at or key.expires_at
    longer = key.expires_at is not None and ends_at is not None and ends_at > key.expires_at
    if longer or not is_within(named, key.networks):
        raise AccountRefusal.KEY_WIDER.error()
    key.networks, key.expires_at = named, ends_at
    save_changes([key])
    record_key(key, KeyRestricted, networks=named or (), expires_at=ends_at)
    return key
