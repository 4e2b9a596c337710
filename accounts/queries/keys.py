"""Which keys still open anything."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from accounts.models import ApiKey
from accounts.rules.keys import READING
from backstop.clock import DatabaseNow


def list_keys_in_force(key_ids: Collection[UUID]) -> set[UUID]:
    """Those of these keys with which a provider may look: at the instant at which one ends it may not. One query."""
    unended = Q(expires_at=None) | Q(expires_at__gt=DatabaseNow())
    reading = ApiKey.objects.filter(unended, id__in=key_ids, revoked_at=None, scopes__contains=[*READING])
    return set(reading.values_list("id", flat=True))
