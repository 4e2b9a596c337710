"""Which keys still open anything."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import ApiKey
from accounts.rules.keys import READING


def list_keys_in_force(key_ids: Collection[UUID]) -> set[UUID]:
    """Those of these keys with which a provider may look. One query."""
    reading = ApiKey.objects.filter(id__in=key_ids, revoked_at=None, scopes__contains=[*READING])
    return set(reading.values_list("id", flat=True))
