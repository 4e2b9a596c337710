"""Which groups of firms are related: none of them takes part where one of them may not."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import Group


def list_related_groups(group_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Each of these groups with itself and all that are related to it."""
    related: dict[UUID, set[UUID]] = {group_id: {group_id} for group_id in group_ids}
    pairs = Group.related.through.objects.filter(from_group_id__in=group_ids)
    for one, other in pairs.values_list("from_group_id", "to_group_id"):
        related[one].add(other)
    return {group_id: frozenset(groups) for group_id, groups in related.items()}
