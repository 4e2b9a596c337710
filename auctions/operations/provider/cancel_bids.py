"""A provider takes back all that it has bid and may take back now, whatever else it has heard of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from auctions.desks.taking_back import lock_live_bids, refusal_of, take_back
from auctions.lifecycle import CutBidState, ReadinessState
from auctions.models import Bid, CutBid, Readiness
from backstop import clock
from backstop.database import kept_alive
from backstop.transactions import operation


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The `bids` that were taken back, in order; and what stands all the same: so many live bids that are firm or whose
    window is over, words of readiness, and cut bids."""

    bids: Sequence[Bid]
    bids_standing: int
    readiness_standing: int
    cut_bids_standing: int


@operation
@kept_alive()
def cancel_bids(*, provider_id: UUID, past: int = 0, until: int | None = None) -> Cancelled:
    """Take back every bid that may be, of those past this sequence and up to that one (None: to the newest); what was
    given as a firm word stands. Where there is none, nothing happens."""
    live = lock_live_bids([provider_id], past, until)
    now = clock.now()
    bids = [bid for bid in live if refusal_of(bid, now) is None]
    take_back(bids, now)
    return Cancelled(
        bids=bids,
        bids_standing=len(live) - len(bids),
        readiness_standing=Readiness.objects.filter(provider=provider_id, state=ReadinessState.LIVE).count(),
        cut_bids_standing=CutBid.objects.filter(provider=provider_id, state=CutBidState.LIVE).count(),
    )
