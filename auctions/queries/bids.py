"""Live bids, where there may be more of them than one transaction should touch."""

from uuid import UUID

from auctions.lifecycle import BidState
from auctions.models import Bid, CancelSwitch
from auctions.queries.due.batches import BATCH_WEIGHT, BIDS_PER_WEIGHT
from backstop import clock

BATCH_BIDS = BATCH_WEIGHT * BIDS_PER_WEIGHT


def list_batch_ends(provider_id: UUID, past: int = 0) -> list[int]:
    """Where what a provider bid itself past this sequence and is live is cut into batches: the last sequence of each
    but the newest."""
    live = Bid.objects.filter(provider=provider_id, state=BidState.LIVE, commitment=None, sequence__gt=past)
    return list(live.order_by("sequence").values_list("sequence", flat=True))[BATCH_BIDS - 1 : -1 : BATCH_BIDS]


def get_due_switch(provider_id: UUID) -> CancelSwitch | None:
    """The provider's switch, where its time is over."""
    return CancelSwitch.objects.filter(provider=provider_id, cancels_at__lte=clock.now()).first()
