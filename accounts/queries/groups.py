"""Which groups of firms are related, and so count as one."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import Group
from accounts.rules.clusters import Clusters, clusters


def load_clusters(venue_ids: Collection[UUID]) -> Clusters[UUID]:
    """The clusters of these venues' groups, by id. It stays as it is while the breakers of the venues are held."""
    pairs = Group.related.through.objects.filter(from_group__venue__in=venue_ids)
    return clusters(pairs.values_list("from_group_id", "to_group_id"))
