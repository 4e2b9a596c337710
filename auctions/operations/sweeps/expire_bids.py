"""Bids that were to stand until a time that is over are taken back, but for those that were carried over by then."""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.taking_back import has_expired, lock_bids, refusal_of, take_back
from auctions.lifecycle import BidState
from auctions.models import Bid
from backstop import clock
from backstop.database import kept_alive
from backstop.transactions import operation


@operation
@kept_alive()
def expire_bids(*, ids: Sequence[UUID]) -> int:
    """Take back those of the bids in these auctions; of how many auctions there were any."""
    bids = lock_bids(Bid.objects.filter(auction__in=ids, state=BidState.LIVE, expires_at__lte=clock.now()))
    now = clock.now()
    live = [bid for bid in bids if bid.state == BidState.LIVE]
    expired = [bid for bid in live if has_expired(bid, now) and refusal_of(bid, now) is None]
    take_back(expired, now)
    return len({bid.auction_id for bid in expired})
