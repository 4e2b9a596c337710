"""Which keys still open anything, and from where."""

from collections.abc import Collection

from django.db.models import Q

from accounts.models import ApiKey
from accounts.rules.keys import READING, is_within
from backstop.clock import DatabaseNow
from backstop.delivery.following import UsedFrom


def list_keys_in_force(keys: Collection[UsedFrom]) -> set[UsedFrom]:
    """Those of these keys with which a provider may look from there: at the instant at which one ends it may not. One
    query."""
    unended = Q(expires_at=None) | Q(expires_at__gt=DatabaseNow())
    asked = {key_id for key_id, _ in keys}
    reading = ApiKey.objects.filter(unended, id__in=asked, revoked_at=None, scopes__contains=[*READING])
    networks = dict(reading.values_list("id", "networks"))
    return {
        (key_id, address)
        for key_id, address in keys
        if key_id in networks and is_within([address] if address else None, networks[key_id])
    }
