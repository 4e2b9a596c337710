"""The bound on what one cluster of insurers has of all of a venue's coverage."""

from collections.abc import Collection
from uuid import UUID

from accounts.events import CoverageConcentrated
from accounts.models import Cover
from accounts.queries.concentration import insured_beside, list_parts
from accounts.rules.sharing.concentration import require_spread
from backstop.record import record_events
from backstop.transactions import requires_transaction


@requires_transaction
def require_spread_insurers(cover: Cover, most: int | None) -> None:
    """Raises `cover_concentrated` where a cluster of its insurers would have more than `most` parts of all covers that
    stand and it (None: no bound)."""
    own, others = insured_beside(cover)
    require_spread(own, others, most)


@requires_transaction
def tell_concentrated(venue_id: UUID, most: int | None, assets: Collection[UUID] | None = None) -> None:
    """Record which clusters have more than `most` parts of all covers that stand (None: no bound) in these assets, or
    in any, as the venue's groups, providers and covers are written now."""
    if most is None:
        return
    record_events(
        [
            CoverageConcentrated(venue_id=venue_id, subject_id=cluster, asset=asset.code, parts=parts, max_parts=most)
            for asset, found in list_parts(venue_id).items()
            if assets is None or asset.id in assets
            for cluster, parts in sorted(found.items())
            if parts > most
        ]
    )
