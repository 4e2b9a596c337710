"""A provider takes a bid back, which it may until the close unless the bid has become firm."""

from uuid import UUID

from auctions.desks.taking_back import lock_bids, refusal_of, take_back
from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.transactions import operation


@operation
def cancel_bid(*, provider_id: UUID, bid_id: UUID) -> Bid:
    """Take a bid back; the same again answers the same. A bid that was carried over is firm but in and after a halt.

    Raises `bid_unknown`, `bid_firm`, `bid_not_live`, `auction_not_open`.
    """
    found = lock_bids(Bid.objects.filter(id=bid_id, provider=provider_id))
    if not found:
        raise AuctionRefusal.BID_UNKNOWN.error("there is no such bid", pointer="")
    (bid,) = found
    if bid.state == BidState.CANCELLED:
        return bid
    if bid.state != BidState.LIVE:
        raise AuctionRefusal.BID_NOT_LIVE.error(f"the bid is {bid.state}", pointer="")
    now = clock.now()
    refusal = refusal_of(bid, now)
    if refusal is AuctionRefusal.AUCTION_NOT_OPEN:
        raise refusal.error("the auction's window is over")
    if refusal is not None:
        raise refusal.error()
    take_back([bid], now)
    return bid
