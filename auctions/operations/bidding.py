"""Bidding: providers offer edges in a sealed auction, in batches, and may take an offer back until the window closes.

Called by `POST /v1/auctions/{id}/bids` and `DELETE /v1/bids/{id}`. The work is done by the database function place_bids
(auctions/sql), in one call. Guarantees that each item succeeds or fails alone and that a client_bid_id is used once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounts.models import Account, AccountKind
from accounts.operations.ledger import Journal
from auctions.lifecycle import AuctionState, BidState
from auctions.models import Auction, Bid
from backstop import clock
from backstop.errors import Conflict, NotFound
from backstop.transactions import lock_shared, operation
from backstop.values.amounts import ZERO

REFUSALS = {
    "key_revoked": "the key was revoked",
    "bid_duplicate": "the client_bid_id stands in this batch twice",
    "bid_reused": "the client_bid_id was used before, with other content",
    "auction_unknown": "there is no such auction",
    "auction_not_open": "the auction takes no bids: it is not sealed, not open, or its window is over",
    "provider_suspended": "you are suspended and may offer nothing new",
    "provider_excluded": "you may not take part in the auction of this account",
    "units_not_positive": "units must be at least 1",
    "units_too_many": "units must be at most max_units, and max_units at most the units of the auction",
    "payment_above_maximum": "a negative edge is a payment: declare at least as much as max_pay_bps",
    "margin_insufficient": "your free collateral does not cover the reservation for this bid",
}


class BidUnknown(NotFound):
    """The provider has no such bid."""


class BidFirm(Conflict):
    """The bid stands: it is a commitment's, or was carried over into a reopened window."""


class BidNotLive(Conflict):
    """The bid was decided."""


class AuctionNotOpen(Conflict):
    """The auction is halted, over, or not of the kind that is asked for."""


@dataclass(frozen=True, slots=True)
class BidOrder:
    """A bid as the provider sends it: up to `units` at `edge_bps`; margin is reserved by the two maxima."""

    auction_id: UUID
    client_bid_id: str
    units: int
    edge_bps: Decimal
    max_units: int
    max_pay_bps: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one item: the bid's id, or the code of its refusal."""

    bid_id: UUID | None
    code: str | None


@operation
def place_bids(*, key_id: UUID, provider_id: UUID, orders: Sequence[BidOrder]) -> list[Placed]:
    """Place a batch; each item's outcome, in order. See `REFUSALS` for the codes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, bid_id FROM place_bids(%s, %s, %s::uuid[], %s::text[], %s::integer[], %s::numeric[], "
            "%s::integer[], %s::numeric[]) ORDER BY item",
            [
                key_id,
                provider_id,
                [order.auction_id for order in orders],
                [order.client_bid_id for order in orders],
                [order.units for order in orders],
                [order.edge_bps for order in orders],
                [order.max_units for order in orders],
                [order.max_pay_bps for order in orders],
            ],
        )
        return [Placed(bid_id=bid_id if code is None else None, code=code) for code, bid_id in cursor.fetchall()]


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
    carried_over = bid.round < auction.round and not _may_all_be_cancelled(auction)
    if bid.commitment_id or carried_over:
        raise BidFirm("the bid is firm: it stands until the auction is decided")
    asset_id = auction.step.lot.book.asset_id
    account = Account.objects.get(provider=provider_id, asset=asset_id, kind=AccountKind.COLLATERAL)
    journal = Journal.opened([account.id])
    journal.release(account.id, bid.reserved)
    journal.write()
    bid.move_to(BidState.CANCELLED, now)
    bid.reserved = ZERO
    bid.save(update_fields=["state", "reserved", "cancelled_at"])
    return bid


def _may_all_be_cancelled(auction: Auction) -> bool:
    """Whether bidders may go back on all that they offered: while a halt lasts, and while they are asked again."""
    return auction.state == AuctionState.HALTED or auction.reconfirm_since is not None
