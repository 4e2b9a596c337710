"""When providers were last active in which product groups."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from auctions.models import Award, Bid

Active = tuple[UUID, UUID, list[datetime | None]]  # who, in which product group, and when last before each instant


def list_activity(provider_ids: Collection[UUID], instants: Sequence[datetime], within: timedelta) -> list[Active]:
    """When each of these providers bid, and when it was awarded something, for the last time before each of these
    instants, by product group; of what was longer ago than `within` before the first of them nothing. However much it
    was, that is one row a provider and product group; in drills nobody is active."""
    lately = {"created_at__gte": min(instants) - within, "created_at__lt": max(instants), "provider__in": provider_ids}
    awards = Award.objects.filter(**lately, step__lot__book__asset__shadow_of=None)
    bids = Bid.objects.filter(**lately, commitment=None, auction__step__lot__book__asset__shadow_of=None)
    found = (_newest(awards, "step__lot", instants), _newest(bids, "auction__step__lot", instants))
    return [(who, group, newest) for rows in found for who, group, *newest in rows]


def _newest(rows: QuerySet[Any], lot: str, instants: Sequence[datetime]) -> QuerySet[Any, Any]:
    before = {f"before_{n}": Max("created_at", filter=Q(created_at__lt=at)) for n, at in enumerate(instants)}
    used = rows.values_list("provider", f"{lot}__positions__instrument__product_group")
    return used.annotate(**before).order_by()
