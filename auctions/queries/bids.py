"""Live bids, where there may be more of them than one transaction should touch."""

from uuid import UUID

from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.queries.due import BATCH_WEIGHT, BIDS_PER_WEIGHT

BATCH_BIDS = BATCH_WEIGHT * BIDS_PER_WEIGHT


def list_batch_ends(provider_id: UUID) -> list[int]:
    """Where what a provider bid itself and is live is cut into batches: the last sequence of each but the newest."""
    live = Bid.objects.filter(provider=provider_id, state=BidState.LIVE, commitment=None).order_by("sequence")
    return list(live.values_list("sequence", flat=True))[BATCH_BIDS - 1 : -1 : BATCH_BIDS]
