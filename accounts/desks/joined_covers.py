"""Covers whose parties become related: none insures its own cluster, or stands for the same as another."""

from uuid import UUID

from accounts.desks.covers import is_of_one_cluster, with_parties
from accounts.lifecycle import UNENDED
from accounts.models import Cover
from accounts.queries import load_clusters
from accounts.rules.sharing.placing import CoverSpan
from backstop import clock
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import requires_transaction


@requires_transaction
def stop_joined(venue_id: UUID) -> None:
    """Let covers of the venue that may not stand as its groups and providers are written now end now, so that they run
    off: of two that stand for the same that which was activated later. The venue's breaker is held alone."""
    lock(Lock.COVERS, [venue_id])
    rows = with_parties().filter(venue=venue_id, state__in=UNENDED)
    covers = sorted(lock_rows(Lock.COVER_ROW, rows), key=lambda cover: (cover.active_at, cover.id))
    clusters, now = load_clusters([venue_id]), clock.now()
    staying: list[tuple[UUID, CoverSpan]] = []
    joined: list[Cover] = []
    for cover in covers:
        span = cover.span(clusters)
        if is_of_one_cluster(cover, clusters) or any(
            asset_id == cover.asset_id and span.overlaps(other) for asset_id, other in staying
        ):
            cover.stop(now)
            joined.append(cover)
        else:
            staying.append((cover.asset_id, span))
    save_changes(joined)
