"""How much clusters of firms may still be given within their venue's limits, for one batch.

The limits are locked, so that no two transactions give the same room away. What is given counts at once, and no bid
counts in its own auction once that is decided.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from accounts.models import ExposureLimit, Provider
from accounts.queries import load_clusters
from accounts.rules.exposure import Piece
from auctions.desks.work import Remainder
from auctions.models import Auction
from auctions.queries import Exposures
from backstop.locks import Lock, lock_rows


class ExposureDesk(Exposures):
    """The limits of some venues, or of one provider's cluster alone, which is told what fits; and what is held within
    them. Not `locked` where nothing is given by them."""

    def __init__(self, venue_ids: Collection[UUID], only: Provider | None = None, *, locked: bool = True) -> None:
        limits = ExposureLimit.objects.filter(venue__in=venue_ids)
        if only is not None:
            clusters = load_clusters(venue_ids)
            limits = limits.filter(group__in=clusters.members(only.group_id))
        rows = lock_rows(Lock.EXPOSURE_ROW, limits) if locked else limits
        super().__init__(venue_ids, rows, as_shown=only is not None)

    def fitting(self, provider_id: UUID, work: Remainder, lot: Sequence[Piece], of_units: int, units: int) -> int:
        """How many of `units` the provider may be given where `lot` is so many, in the step that is worked on; none
        where something that its cluster holds was never marked. What was offered in the step counts no more."""
        fitting = self.fitting_of(provider_id, work.asset, lot, of_units, units, work.step.id)
        self.forget_offers_in(provider_id, work.asset, work.step.id)
        return fitting

    def note_offer(self, provider_id: UUID, work: Remainder, auction: Auction, units: int) -> None:
        """Count units that stay offered in the step that is worked on, for what follows of the batch."""
        self.note_offer_of(provider_id, work.asset, work.step.id, auction, units)
