"""Insurers' parts of all of a venue's coverage, by cluster."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from accounts.lifecycle import UNENDED
from accounts.models import Cover, Group
from accounts.queries.groups import load_clusters
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.concentration import Insured, parts_of_all
from backstop.models import Asset

Parts = Mapping[UUID, int]  # of 10,000, by the first group of each cluster


def list_insured(venue_id: UUID, beside: Cover | None = None) -> dict[Asset, list[Insured]]:
    """What clusters insure by the covers that stand, by asset; but for this one."""
    clusters = load_clusters([venue_id])
    standing = Cover.objects.filter(venue=venue_id, state__in=UNENDED).select_related("asset")
    insured: defaultdict[Asset, list[Insured]] = defaultdict(list)
    for cover in standing.prefetch_related("shares__provider").order_by("created_at"):
        if cover != beside:
            insured[cover.asset].append(_insured(cover, clusters))
    return insured


def get_insured(cover: Cover) -> Insured:
    """What clusters insure by this one."""
    return _insured(cover, load_clusters([cover.venue_id]))


def list_parts(venue_id: UUID) -> dict[Asset, Parts]:
    """What each cluster has of all covers that stand in an asset."""
    return {asset: parts_of_all(insured) for asset, insured in list_insured(venue_id).items()}


def list_parts_with(cover: Cover) -> Parts:
    """What each cluster of its insurers has, or would have, of all covers that stand and this one."""
    own = get_insured(cover)
    parts = parts_of_all([own, *list_insured(cover.venue_id, beside=cover).get(cover.asset, ())])
    return {cluster: parts[cluster] for cluster in own.parts}


def name_clusters(venue_id: UUID) -> dict[UUID, str]:
    """What the groups of each cluster are called, by the first of them."""
    clusters = load_clusters([venue_id])
    names: defaultdict[UUID, list[str]] = defaultdict(list)
    for group_id, name in Group.objects.filter(venue=venue_id).order_by("name").values_list("id", "name"):
        names[clusters.of(group_id)].append(name)
    return {first: ", ".join(called) for first, called in names.items()}


def _insured(cover: Cover, clusters: Clusters[UUID]) -> Insured:
    parts: defaultdict[UUID, int] = defaultdict(int)
    for share in cover.shares.all():
        parts[clusters.of(share.provider.group_id)] += share.parts
    return Insured(cover.limit, parts)
