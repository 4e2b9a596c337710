"""Which keys still open anything, and from where; and how many do more than read by a secret."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import ApiKey
from accounts.rules.keys import READING, is_within
from backstop.clock import DatabaseNow
from backstop.delivery.following import UsedFrom


def count_writing_secrets(now: datetime) -> int:
    """How many keys have a secret that somebody knows, and do more than read by it. One query."""
    unended = Q(expires_at=None) | Q(expires_at__gt=now)
    known = Q(granted_names=None) | Q(collected_at__isnull=False)
    live = ApiKey.objects.filter(unended, known, revoked_at=None, public_key=None)
    return live.exclude(scopes__contained_by=[*READING]).count()


def list_open_keys(now: datetime) -> QuerySet[ApiKey]:
    """The keys that open something now: begun, not over, not revoked, and known to somebody."""
    begun, unended = (Q(not_before=None) | Q(not_before__lte=now)), (Q(expires_at=None) | Q(expires_at__gt=now))
    known = Q(granted_names=None) | Q(collected_at__isnull=False)
    return ApiKey.objects.filter(begun, unended, known, revoked_at=None)


def list_acting(provider_ids: Collection[UUID], scope: str, now: datetime) -> set[UUID]:
    """Those of these providers that have a key for this. One query."""
    own = list_open_keys(now).filter(provider__in=provider_ids, scopes__contains=[scope])
    return set(own.values_list("provider_id", flat=True))


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
