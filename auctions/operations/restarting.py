"""Restarting: an auction starts anew on its own row, at fresh marks, with a new window and without the bids of before.

Called by the close of auctions where marks moved too far, by `POST /v1/auctions/{id}/restart` and the admin. Guarantees
that bidders are told and hold nothing for what is void, and that an auction is restarted `max_restarts` times at most.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.operations.providers import ReasonMissing
from auctions.lifecycle import UNDER_WAY, AuctionState
from auctions.models import Auction
from auctions.operations.bidding import AuctionNotOpen
from auctions.operations.breaking import hold_breakers
from auctions.operations.halting import HALT_FIELDS, end_halt
from auctions.operations.loading import Work, lock_auction
from auctions.operations.opening import MARKET_FIELDS, Opening
from auctions.operations.voiding import void_bids
from auctions.queries import list_breaker_levels
from backstop import clock
from backstop.errors import Conflict
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO

RESTARTED = "the auction was restarted"


class RestartStopped(Conflict):
    """The breaker stops restarts."""


class RestartsUsedUp(Conflict):
    """The playbook allows no further restart of this auction."""


@operation
def restart_auction(*, venue_id: UUID, auction_id: UUID, reason: str) -> Auction:
    """Start an auction under way anew; what was taken of a Dutch one stays taken, and the rest is offered anew.

    Raises ReasonMissing, AuctionUnknown, AuctionNotOpen, RestartStopped, RestartsUsedUp, MarkMissing, MarkStale.
    """
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    hold_breakers([venue_id])
    work, auction = lock_auction(venue_id, auction_id)
    now = clock.now()
    over = auction.state == AuctionState.OPEN and now >= auction.closes_at
    if over or auction.state not in UNDER_WAY:
        raise AuctionNotOpen("the auction's window is over")
    if not list_breaker_levels([work.step.id])[work.step.id].allows_restart:
        raise RestartStopped("the breaker stops restarts")
    if auction.restarts >= work.playbook.max_restarts:
        raise RestartsUsedUp(f"the auction was restarted {auction.restarts} times, as often as its playbook allows")
    restart([(work, auction, work.marks(now))], reason.strip(), now)
    return auction


def restart(stopped: Sequence[tuple[Work, Auction, Mapping[UUID, Decimal]]], reason: str, now: datetime) -> None:
    """Restart these locked auctions at these marks, and write everything; `reason` is shown to the bidders."""
    if not stopped:
        return
    auctions = [auction for _, auction, _ in stopped]
    opening = Opening([work for work, _, _ in stopped], now)
    ids = [auction.id for auction in auctions]
    void_bids(auction_ids=ids, reason=RESTARTED, journal=opening.desk.journal, now=now)
    for auction in auctions:
        if auction.state == AuctionState.HALTED:
            auction.move_to(AuctionState.OPEN, now)
        end_halt(auction)
        auction.halted_seconds, auction.reconfirm_since = ZERO, None
        auction.round = 1
        auction.restarts += 1
    opening.restart(stopped)
    Auction.objects.bulk_update(auctions, [*MARKET_FIELDS, *HALT_FIELDS, "state", "round", "restarts"])
    record_events([_restarted(auction, reason) for auction in auctions])


def _restarted(auction: Auction, reason: str) -> NewEvent:
    payload = {"reason": reason, "restarts": auction.restarts, "closes_at": auction.closes_at}
    return NewEvent(auction.venue_id, "auction_restarted", auction.id, None, payload)
