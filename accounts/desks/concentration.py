"""The bound on what one cluster of insurers has of all of a venue's coverage."""

from uuid import UUID

from accounts.events import CoverageConcentrated, CoverageSpread
from accounts.models import Cover
from accounts.queries.concentration import insured_beside, list_concentrated, list_parts
from accounts.rules.sharing.concentration import require_spread
from backstop.record import record_events
from backstop.transactions import requires_transaction


def require_spread_insurers(cover: Cover, most: int | None) -> None:
    """Raises `cover_concentrated` where a cluster of its insurers would have more than `most` parts of all covers that
    stand and it (None: no bound)."""
    own, others = insured_beside(cover)
    require_spread(own, others, most)


@requires_transaction
def tell_concentrated(venue_id: UUID, most: int | None) -> None:
    """Record which clusters have more than `most` parts of all covers that stand in an asset (None: no bound), as the
    venue's groups, providers and covers are written now, and which had and have not any more: each crossing once."""
    if most is None:
        return
    parts, told = list_parts(venue_id), list_concentrated(venue_id)
    over = {whose for whose, its in parts.items() if its > most}
    record_events(
        [
            (CoverageConcentrated if whose in over else CoverageSpread)(
                venue_id=venue_id, subject_id=whose[0], asset=whose[1], parts=parts.get(whose, 0), max_parts=most
            )
            for whose in sorted(over ^ told)
        ]
    )
