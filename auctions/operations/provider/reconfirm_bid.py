"""After a long halt a provider says of one of its sealed bids that it still stands; else it is void."""

from uuid import UUID

from auctions.desks.bids import reconfirm
from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.rules.refusals import AuctionRefusal
from backstop.transactions import operation


@operation
def reconfirm_bid(*, provider_id: UUID, bid_id: UUID) -> Bid:
    """Let one bid stand. Raises `bid_unknown`, `auction_not_open`, `bid_not_live`."""
    bids = Bid.objects.filter(id=bid_id, provider=provider_id)
    auction_id = bids.values_list("auction", flat=True).first()
    if auction_id is None:
        raise AuctionRefusal.BID_UNKNOWN.error("there is no such bid", pointer="")
    reconfirm(auction_id, bids.filter(state=BidState.LIVE))
    bid = bids.select_related("auction__step__lot__book__asset").get()
    if bid.state != BidState.LIVE:
        raise AuctionRefusal.BID_NOT_LIVE.error(f"the bid is {bid.state}", pointer="")
    return bid
