"""Bidding: providers offer edges in a sealed auction, in batches; an offer may be improved, and taken back until firm.

Called by `POST /v1/auctions/{id}/bids`, `POST /v1/bids` and `DELETE /v1/bids/{id}`. What is offered is checked and
sealed here, or came sealed; the rest is done by the database function place_bids (auctions/sql), in one call.
Guarantees that each item succeeds or fails alone, that a client_bid_id is used once, and that an improvement is never
worse for the estate.
"""

from uuid import UUID

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Bid
from auctions.rules.refusals import AuctionNotOpen, BidFirm, BidNotLive, BidUnknown
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import lock_shared, operation


@operation
def cancel_bid(*, provider_id: UUID, bid_id: UUID) -> Bid:
    """Take a bid back; the same again answers the same. A bid that was carried over is firm but in and after a halt.

    Raises BidUnknown, BidFirm, BidNotLive, AuctionNotOpen.
    """
    auction_id = Bid.objects.filter(id=bid_id, provider=provider_id).values_list("auction", flat=True).first()
    if auction_id is None:
        raise BidUnknown("there is no such bid")
    lock_shared("auction", [auction_id])
    auction = Auction.objects.select_related("step__lot__book").get(id=auction_id)
    bid = Bid.objects.select_for_update(no_key=True).get(id=bid_id)
    if bid.state == BidState.CANCELLED:
        return bid
    now = clock.now()
    if bid.state != BidState.LIVE:
        raise BidNotLive(f"the bid is {bid.state}")
    if auction.state == AuctionState.OPEN and now >= auction.closes_at:
        raise AuctionNotOpen("the auction's window is over")
    carried_over = (bid.firm or bid.round < auction.round) and not _may_all_be_cancelled(auction)
    if bid.commitment_id or carried_over:
        raise BidFirm("the bid is firm: it stands until the auction is decided")
    asset_id = auction.step.lot.book.asset_id
    account = Account.objects.get(provider=provider_id, asset=asset_id, kind=AccountKind.COLLATERAL)
    journal = Journal.opened([account.id])
    journal.release(account.id, bid.held)
    journal.write()
    bid.cancel(now)
    save_changes([bid])
    return bid


def _may_all_be_cancelled(auction: Auction) -> bool:
    """Whether bidders may go back on all that they offered: while a halt lasts, and while they are asked again."""
    return auction.state == AuctionState.HALTED or auction.reconfirm_since is not None
