"""Which groups of firms are related, and so count as one."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from itertools import chain
from uuid import UUID

from accounts.models import Group, Provider
from accounts.rules.clusters import Clusters, clusters


def load_clusters(venue_ids: Collection[UUID]) -> Clusters[UUID]:
    """The clusters of these venues' groups, by id. It stays as it is while the breakers of the venues are held."""
    pairs = Group.related.through.objects.filter(from_group__venue__in=venue_ids)
    return clusters(pairs.values_list("from_group_id", "to_group_id"))


def list_firms(venue_id: UUID, group_ids: Collection[UUID] | None = None) -> list[frozenset[UUID]]:
    """The venue's clusters, each told by its providers; or those of these groups alone."""
    clusters = load_clusters([venue_id])
    providers = Provider.objects.filter(venue=venue_id)
    if group_ids is not None:
        providers = providers.filter(group__in=chain.from_iterable(map(clusters.members, group_ids)))
    firms: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for provider_id, group_id in providers.values_list("id", "group"):
        firms[clusters.of(group_id)].add(provider_id)
    return [frozenset(firm) for firm in firms.values()]


def list_arrivals(venue_id: UUID) -> dict[UUID, datetime]:
    """Since when each of the venue's providers is one."""
    return dict(Provider.objects.filter(venue=venue_id).values_list("id", "created_at"))
