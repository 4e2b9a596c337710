"""A provider takes a bid back, which it may until the close unless the bid has become firm."""

from uuid import UUID

from accounts.desks.journal import Journal
from accounts.models import Account, AccountKind
from auctions.events import BidCancelled
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Bid
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock_rows, share
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def cancel_bid(*, provider_id: UUID, bid_id: UUID) -> Bid:
    """Take a bid back; the same again answers the same. A bid that was carried over is firm but in and after a halt.

    Raises `bid_unknown`, `bid_firm`, `bid_not_live`, `auction_not_open`.
    """
    auction_id = Bid.objects.filter(id=bid_id, provider=provider_id).values_list("auction", flat=True).first()
    if auction_id is None:
        raise AuctionRefusal.BID_UNKNOWN.error("there is no such bid", pointer="")
    share(Lock.AUCTION, [auction_id])
    auction = Auction.objects.select_related("step__lot__book", "venue__heartbeat").get(id=auction_id)
    (bid,) = lock_rows(Lock.BID_ROW, Bid.objects.filter(id=bid_id))
    if bid.state == BidState.CANCELLED:
        return bid
    now = clock.now()
    if bid.state != BidState.LIVE:
        raise AuctionRefusal.BID_NOT_LIVE.error(f"the bid is {bid.state}", pointer="")
    if auction.state != AuctionState.HALTED and not auction.is_open_at(now):
        raise AuctionRefusal.AUCTION_NOT_OPEN.error("the auction's window is over")
    carried_over = (bid.firm or bid.round < auction.round) and not _may_all_be_cancelled(auction)
    if bid.commitment_id or carried_over:
        raise AuctionRefusal.BID_FIRM.error()
    asset_id = auction.step.lot.book.asset_id
    account = Account.objects.get(provider=provider_id, asset=asset_id, kind=AccountKind.COLLATERAL)
    journal = Journal.opened([account.id])
    journal.release(account.id, bid.held)
    bid.cancel(now)
    save_changes([bid])
    record_events([BidCancelled(venue_id=auction.venue_id, subject_id=bid.id, provider_id=provider_id)])
    journal.write()
    return bid


def _may_all_be_cancelled(auction: Auction) -> bool:
    """Whether bidders may go back on all that they offered: while a halt lasts, and while they are asked again."""
    return auction.state == AuctionState.HALTED or auction.reconfirm_since is not None
