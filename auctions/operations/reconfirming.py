"""Reconfirming: after a long halt a provider says of his sealed bids that they still stand; else they are void.

Called by `POST /v1/auctions/{id}/bids/reconfirm` and `POST /v1/bids/{id}/reconfirm`, until the window closes.
Guarantees that saying it again changes nothing. A commitment's bid stands without being asked.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Bid
from auctions.operations.bidding import AuctionNotOpen, BidNotLive, BidUnknown
from auctions.operations.loading import AuctionUnknown
from backstop import clock
from backstop.transactions import lock_shared, operation


@operation
def reconfirm_bids(*, venue_id: UUID, provider_id: UUID, auction_id: UUID) -> int:
    """Let all live bids of the provider in this auction stand; how many stand now.

    Raises AuctionUnknown, AuctionNotOpen.
    """
    if not Auction.objects.filter(id=auction_id, venue=venue_id).exists():
        raise AuctionUnknown("there is no such auction")
    live = Bid.objects.filter(auction=auction_id, provider=provider_id, state=BidState.LIVE)
    _reconfirm(auction_id, live)
    return live.count()


@operation
def reconfirm_bid(*, provider_id: UUID, bid_id: UUID) -> Bid:
    """Let one bid stand. Raises BidUnknown, AuctionNotOpen, BidNotLive."""
    bids = Bid.objects.filter(id=bid_id, provider=provider_id)
    auction_id = bids.values_list("auction", flat=True).first()
    if auction_id is None:
        raise BidUnknown("there is no such bid")
    _reconfirm(auction_id, bids.filter(state=BidState.LIVE))
    bid = bids.select_related("auction").get()
    if bid.state != BidState.LIVE:
        raise BidNotLive(f"the bid is {bid.state}")
    return bid


def _reconfirm(auction_id: UUID, bids: QuerySet[Bid]) -> None:
    lock_shared("auction", [auction_id])
    auction = Auction.objects.get(id=auction_id)
    now = clock.now()
    _require_open(auction, now)
    if auction.reconfirm_since is not None:
        asked = bids.filter(commitment=None, created_at__lt=auction.reconfirm_since)
        asked.exclude(reconfirmed_at__gte=auction.reconfirm_since).update(reconfirmed_at=now)


def _require_open(auction: Auction, now: datetime) -> None:
    if auction.state != AuctionState.OPEN or now >= auction.closes_at:
        raise AuctionNotOpen("the auction is halted or over: there is nothing to reconfirm now")
