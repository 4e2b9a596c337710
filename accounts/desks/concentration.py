"""Insurers' parts of all of a venue's coverage, by cluster."""

from collections import defaultdict
from uuid import UUID

from django.db.models import QuerySet

from accounts.events import CoverageConcentrated
from accounts.lifecycle import UNENDED
from accounts.models import Cover
from accounts.queries import load_clusters
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.concentration import Insured, parts_of_all, require_spread
from backstop.models import Asset
from backstop.record import record_events
from backstop.transactions import requires_transaction


@requires_transaction
def require_spread_insurers(cover: Cover, most: int | None) -> None:
    """Raises `cover_concentrated` where a cluster of its insurers would have more than `most` parts of all covers that
    stand and it (None: no bound)."""
    clusters = load_clusters([cover.venue_id])
    others = _standing(cover.venue_id).filter(asset=cover.asset).exclude(id=cover.id)
    require_spread(_insured(cover, clusters), [_insured(other, clusters) for other in others], most)


@requires_transaction
def tell_concentrated(venue_id: UUID, most: int | None) -> None:
    """Record which clusters have more than `most` parts of all covers that stand (None: no bound), as the venue's
    groups and providers are written now."""
    if most is None:
        return
    clusters = load_clusters([venue_id])
    by_asset: defaultdict[Asset, list[Insured]] = defaultdict(list)
    for cover in _standing(venue_id):
        by_asset[cover.asset].append(_insured(cover, clusters))
    record_events(
        [
            CoverageConcentrated(venue_id=venue_id, subject_id=cluster, asset=asset.code, parts=parts, max_parts=most)
            for asset, insured in by_asset.items()
            for cluster, parts in sorted(parts_of_all(insured).items())
            if parts > most
        ]
    )


def _standing(venue_id: UUID) -> QuerySet[Cover]:
    covers = Cover.objects.filter(venue=venue_id, state__in=UNENDED).select_related("asset")
    return covers.prefetch_related("shares__provider").order_by("created_at")


def _insured(cover: Cover, clusters: Clusters[UUID]) -> Insured:
    parts: defaultdict[UUID, int] = defaultdict(int)
    for share in cover.shares.all():
        parts[clusters.of(share.provider.group_id)] += share.parts
    return Insured(cover.limit, parts)
