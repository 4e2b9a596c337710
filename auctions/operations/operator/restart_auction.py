"""An operator starts an auction anew, as often as its playbook allows."""

from uuid import UUID

from accounts.desks.approvals import by_people, by_two
from accounts.rules.reasons import require_reason
from auctions.desks.breakers import hold_breakers
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.marks import note_used
from auctions.desks.restarts import restart, stake_of_auction
from auctions.desks.work import load_work, lock_auction
from auctions.lifecycle import AuctionState
from auctions.models import Auction
from auctions.queries import list_breaker_levels
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.transactions import operation


@operation
@by_two(by_people(stake_of_auction))
def restart_auction(*, venue_id: UUID, auction_id: UUID, reason: str) -> Auction:
    """Start an auction under way anew; what was taken of a Dutch one stays taken, and the rest is offered anew.

    Raises `reason_missing`, `auction_unknown`, `auction_not_open`, `restart_stopped`, `restarts_used_up`,
    `mark_missing`, `mark_stale`, `mark_jumped`.
    """
    reason = require_reason(reason)
    hold_breakers([venue_id])
    book, auction = lock_auction(venue_id, auction_id)
    now = clock.now()
    if auction.state != AuctionState.HALTED and not auction.is_open_at(now):
        raise AuctionRefusal.AUCTION_NOT_OPEN.error("the auction's window is over")
    if not list_breaker_levels([auction.step_id])[auction.step_id].allows_restart:
        raise AuctionRefusal.RESTART_STOPPED.error()
    if auction.restarts >= book.playbook.max_restarts:
        raise AuctionRefusal.RESTARTS_USED_UP.error(
            f"the auction was restarted {auction.restarts} times, as often as its playbook allows"
        )
    (work,) = load_work([auction.step], [book], now)
    desk = CommitmentDesk([work], now)
    marks = work.marks(now)
    restart([(work, auction, marks)], desk, reason, now)
    desk.journal.write()
    desk.funds.confirm()
    note_used([(book, marks)], now)
    return auction
