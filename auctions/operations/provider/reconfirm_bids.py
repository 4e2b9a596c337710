"""After a long halt a provider says of all its sealed bids in an auction that they still stand; else they are void.

Saying it again changes nothing. A commitment's bid stands without being asked.
"""

from uuid import UUID

from auctions.desks.bids import reconfirm
from auctions.lifecycle import BidState
from auctions.models import Auction, Bid
from auctions.rules.refusals import AuctionRefusal
from backstop.transactions import operation


@operation
def reconfirm_bids(*, venue_id: UUID, provider_id: UUID, auction_id: UUID) -> int:
    """Let all live bids of the provider in this auction stand; how many stand now.

    Raises `auction_unknown`, `auction_not_open`.
    """
    if not Auction.objects.filter(id=auction_id, venue=venue_id).exists():
        raise AuctionRefusal.AUCTION_UNKNOWN.error()
    live = Bid.objects.filter(auction=auction_id, provider=provider_id, state=BidState.LIVE)
    reconfirm(auction_id, live)
    return live.count()
