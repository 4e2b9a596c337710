"""An API key opens less from now on: from fewer places, or for less long."""

from collections.abc import Sequence
from datetime import datetime

from accounts.desks.keys import lock_lineage, record_key
from accounts.events import KeyRestricted
from accounts.models import ApiKey
from accounts.rules.keys import common_networks, is_within, networks_of
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def restrict_key(*, key: ApiKey, networks: Sequence[str] = (), expires_at: datetime | None = None) -> ApiKey:
    """The key opens anything from these networks alone (none: from where it did), and before `expires_at` (None: as it
    was), and so does whatever it was rotated into. Nobody is given more by this, so that one person may do it.

    Raises `networks_refused`, `key_wider`.
    """
    key, *successors = lock_lineage(key)
    now = clock.now()
    named = networks_of(networks) or key.networks
    ends_at = expires_at or key.expires_at
    longer = key.expires_at is not None and ends_at is not None and ends_at > key.expires_at
    if longer or not is_within(named, key.networks):
        raise AccountRefusal.KEY_WIDER.error()
    key.networks, key.expires_at = named, ends_at
    live = [each for each in successors if each.is_live(now)]
    for each in live:
        _restrict(each, named, expires_at)
    restricted = [key, *(each for each in live if each.changes)]
    save_changes(restricted)
    for each in restricted:
        record_key(each, KeyRestricted, networks=each.networks or (), expires_at=each.expires_at)
    return key


def _restrict(successor: ApiKey, networks: Sequence[str] | None, expires_at: datetime | None) -> None:
    common = common_networks(successor.networks, networks)
    if common == ():
        raise AccountRefusal.KEY_WIDER.error(f"its successor {successor.prefix} asks from elsewhere: revoke that first")
    ends = [each for each in (successor.expires_at, expires_at) if each is not None]
    successor.networks, successor.expires_at = common, min(ends, default=None)
