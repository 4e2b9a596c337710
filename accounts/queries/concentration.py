"""Insurers' parts of all of a venue's coverage, by cluster."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from accounts.lifecycle import UNENDED
from accounts.models import Cover, Group
from accounts.queries.groups import load_clusters
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.concentration import Insured, parts_of_all
from backstop.models import Asset

Parts = Mapping[UUID, int]  # of 10,000, by the first group of each cluster


def insured_beside(cover: Cover) -> tuple[Insured, list[Insured]]:
    """What clusters insure by this one, and by each of the others that stand in its asset."""
    clusters = load_clusters([cover.venue_id])
    others = _standing(cover.venue_id).filter(asset=cover.asset_id).exclude(id=cover.id)
    return _insured(cover, clusters), [_insured(other, clusters) for other in others]


def list_parts(venue_id: UUID) -> dict[Asset, Parts]:
    """What each cluster has of all covers that stand in an asset."""
    clusters = load_clusters([venue_id])
    insured: defaultdict[Asset, list[Insured]] = defaultdict(list)
    for cover in _standing(venue_id):
        insured[cover.asset].append(_insured(cover, clusters))
    return {asset: parts_of_all(covers) for asset, covers in insured.items()}


def list_parts_with(cover: Cover) -> Parts:
    """What each cluster of its insurers has, or would have, of all covers that stand and this one."""
    own, others = insured_beside(cover)
    parts = parts_of_all([own, *others])
    return {cluster: parts[cluster] for cluster in own.parts}


def rank_parts(venue_id: UUID, of_assets: Mapping[Asset, Parts]) -> list[tuple[Asset, str, int]]:
    """By asset what the groups of each cluster are called, and its parts, the largest first."""
    names = _name_clusters(venue_id)
    return [
        (asset, names[cluster], parts)
        for asset, found in sorted(of_assets.items(), key=lambda each: each[0].code)
        for cluster, parts in sorted(found.items(), key=lambda each: (-each[1], names[each[0]]))
    ]


def _name_clusters(venue_id: UUID) -> dict[UUID, str]:
    """By the first group of each cluster."""
    clusters = load_clusters([venue_id])
    names: defaultdict[UUID, list[str]] = defaultdict(list)
    for group_id, name in Group.objects.filter(venue=venue_id).order_by("name").values_list("id", "name"):
        names[clusters.of(group_id)].append(name)
    return {first: ", ".join(called) for first, called in names.items()}


def _standing(venue_id: UUID) -> QuerySet[Cover]:
    covers = Cover.objects.filter(venue=venue_id, state__in=UNENDED).select_related("asset")
    return covers.prefetch_related("shares__provider").order_by("created_at")


def _insured(cover: Cover, clusters: Clusters[UUID]) -> Insured:
    parts: defaultdict[UUID, int] = defaultdict(int)
    for share in cover.shares.all():
        parts[clusters.of(share.provider.group_id)] += share.parts
    return Insured(cover.limit, parts)
