"""Insurers' parts of all of a venue's coverage, by cluster."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from accounts.events import CoverageConcentrated, CoverageSpread
from accounts.lifecycle import UNENDED
from accounts.models import Cover, Group
from accounts.queries.groups import load_clusters
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.concentration import Insured, parts_of_all
from backstop.clock import DatabaseNow
from backstop.models import Asset, Event

Parts = Mapping[UUID, int]  # of 10,000, by the first group of each cluster
Ranked = tuple[Asset, str, int]  # and what the groups of a cluster are called, with its parts


def insured_beside(cover: Cover) -> tuple[Insured, list[Insured]]:
    """What clusters insure by this one, and by each of the others that stand in its asset."""
    return _insured_beside(cover, load_clusters([cover.venue_id]))


def list_parts(venue_id: UUID) -> dict[tuple[UUID, str], int]:
    """What each cluster has of all covers that stand in an asset, of 10,000, by its first group and the asset code."""
    of_assets = _list_parts(venue_id, load_clusters([venue_id]))
    return {(cluster, asset.code): its for asset, parts in of_assets.items() for cluster, its in parts.items()}


def list_concentrated(venue_id: UUID) -> set[tuple[UUID, str]]:
    """The clusters, and the asset of each, that were told last to have too large a part."""
    kinds = (CoverageConcentrated.KIND, CoverageSpread.KIND)
    told = Event.objects.filter(subject_id__in=Group.objects.filter(venue=venue_id).values("id"), kind__in=kinds)
    last = {(each.subject_id, each.payload["asset"]): each.kind for each in told.order_by("id")}
    return {whose for whose, kind in last.items() if kind == CoverageConcentrated.KIND}


def rank_parts(venue_id: UUID) -> list[Ranked]:
    """What each cluster has of all covers that stand in an asset, the largest first."""
    clusters = load_clusters([venue_id])
    return _rank(venue_id, _list_parts(venue_id, clusters), clusters)


def rank_parts_with(cover: Cover) -> list[Ranked]:
    """What each cluster of its insurers has of all covers that stand and this one, or would have; the largest first."""
    clusters = load_clusters([cover.venue_id])
    own, others = _insured_beside(cover, clusters)
    parts = parts_of_all([own, *others])
    return _rank(cover.venue_id, {cover.asset: {cluster: parts[cluster] for cluster in own.parts}}, clusters)


def _insured_beside(cover: Cover, clusters: Clusters[UUID]) -> tuple[Insured, list[Insured]]:
    others = _standing(cover.venue_id).filter(asset=cover.asset_id).exclude(id=cover.id)
    return _insured(cover, clusters), [_insured(other, clusters) for other in others]


def _list_parts(venue_id: UUID, clusters: Clusters[UUID]) -> dict[Asset, Parts]:
    insured: defaultdict[Asset, list[Insured]] = defaultdict(list)
    for cover in _standing(venue_id):
        insured[cover.asset].append(_insured(cover, clusters))
    return {asset: parts_of_all(covers) for asset, covers in insured.items()}


def _rank(venue_id: UUID, of_assets: Mapping[Asset, Parts], clusters: Clusters[UUID]) -> list[Ranked]:
    groups: defaultdict[UUID, list[str]] = defaultdict(list)
    for group_id, name in Group.objects.filter(venue=venue_id).order_by("name").values_list("id", "name"):
        groups[clusters.of(group_id)].append(name)
    names = {cluster: ", ".join(called) for cluster, called in groups.items()}
    return [
        (asset, names[cluster], parts)
        for asset, found in sorted(of_assets.items(), key=lambda each: each[0].code)
        for cluster, parts in sorted(found.items(), key=lambda each: (-each[1], names[each[0]]))
    ]


def _standing(venue_id: UUID) -> QuerySet[Cover]:
    covers = Cover.objects.filter(venue=venue_id, state__in=UNENDED, ends_at__gt=DatabaseNow()).select_related("asset")
    return covers.prefetch_related("shares__provider").order_by("created_at")


def _insured(cover: Cover, clusters: Clusters[UUID]) -> Insured:
    parts: defaultdict[UUID, int] = defaultdict(int)
    for share in cover.shares.all():
        parts[clusters.of(share.provider.group_id)] += share.parts
    return Insured(cover.limit, parts)
