"""Providers offer edges in a sealed auction, in batches; an offer may be improved.

What is offered is checked and sealed here, or came sealed; the rest is done by the database function place_bids
(auctions/sql), in one call. Each item succeeds or fails alone, a client_bid_id is used once, and an improvement is
better for the estate. How many are ever placed is bounded, for one provider and auction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.desks.keys import UnjudgedKey
from auctions.desks.seals import Seal, Sealed, load_seals
from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.rules.provider_sealing import SealedPromise
from auctions.rules.refusals import BY_CODE, AuctionRefusal
from auctions.rules.sealing import Offer
from backstop.errors import Refusal
from backstop.sql_functions import array_of, read_function
from backstop.transactions import current_actor, one_statement, operation
from backstop.values.amounts import ZERO

PLACE_BIDS = read_function(Path(__file__).parents[2] / "sql" / "place_bids.sql")
_ANSWERED = "code, bid_id, limited, tokens_left, placed_at, in_round, replaces, is_firm, drifts_bps, holds, reserve_bps"


@dataclass(frozen=True, slots=True)
class BidOrder:
    """A bid as the provider sends it: up to `units` at `edge_bps`; margin is held by the maxima. It stands up to a
    drift of `max_drift_bps` (None: of the playbook's), and before `expires_at` (None: to the end) unless it was carried
    over by then.

    In an auction that does not show its lot, units are percents and `inverse_edge_bps` is the edge for the inverse lot.
    All `units` or none, or at least `min_units` or none, make it a package. `improves` is the client_bid_id of a bid of
    its own in the same auction, firm or not, whose place it takes.
    """

    auction_id: UUID
    client_bid_id: str
    units: int
    edge_bps: Decimal
    max_units: int
    max_pay_bps: Decimal = ZERO
    all_or_none: bool = False
    min_units: int = 1
    improves: str | None = None
    inverse_edge_bps: Decimal | None = None
    max_drift_bps: Decimal | None = None
    expires_at: datetime | None = None

    @property
    def offer(self) -> Offer:
        """What is sealed of it."""
        return Offer(self.units, self.edge_bps, self.all_or_none, self.min_units, self.inverse_edge_bps)


@dataclass(frozen=True, slots=True)
class SealedBidOrder:
    """A bid that its provider sealed: what is in `sealed_offer` shows at the close, and is void beyond the maxima.

    It improves no other: nobody could tell before whether it is better.
    """

    auction_id: UUID
    client_bid_id: str
    sealed_offer: bytes
    max_units: int
    max_pay_bps: Decimal
    max_drift_bps: Decimal | None = None
    expires_at: datetime | None = None


AnyBidOrder = BidOrder | SealedBidOrder


@dataclass(frozen=True, slots=True)
class NewBid:
    """A bid that was placed just now, as its row stands, with the reserve of its auction where that shows its lot."""

    id: UUID
    created_at: datetime
    auction_id: UUID
    drill: bool
    client_bid_id: str
    round: int
    improves_id: UUID | None
    firm: bool
    digest: bytes
    max_units: int
    max_pay_bps: Decimal
    max_drift_bps: Decimal
    held: Decimal
    expires_at: datetime | None
    reserve_edge_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one item: the bid's id, or why it was refused; both where it was placed before and is void, or
    stands beside others of which all or none were to be placed.

    `new` is the bid itself where it was not placed before. `limited` says that the venue limits what some clusters
    hold. `tokens_left` is what the key may still ask, where it was judged with the batch.
    """

    bid_id: UUID | None
    refusal: Refusal | None
    new: NewBid | None = field(default=None, compare=False)
    limited: bool = field(default=False, compare=False)
    tokens_left: float | None = field(default=None, compare=False)

    @property
    def code(self) -> str | None:
        return self.refusal.code if self.refusal is not None else None

    def refused_with_others(self) -> "Placed":
        """What becomes of it where all were to be placed or none: what was placed before stands."""
        bid_id = self.bid_id if self.was_placed_before else None
        return Placed(bid_id, AuctionRefusal.BIDS_REFUSED, tokens_left=self.tokens_left)

    @property
    def was_placed_before(self) -> bool:
        """Whether this call only met it again, void or not."""
        return self.bid_id is not None and self.new is None


@dataclass(frozen=True, slots=True)
class _Checked:
    """An order as the database gets it: sealed, unless what it offers is wrong by itself. The refusal is of one that
    was not placed before."""

    order: AnyBidOrder
    improves: UUID | None = None
    sealed: Sealed | None = None
    max_drift_bps: Decimal | None = None
    refusal: Refusal | None = None


@operation
@one_statement
def place_bids(
    *,
    key_id: UUID,
    provider_id: UUID,
    orders: Sequence[AnyBidOrder],
    all_or_none: bool = False,
    unjudged: UnjudgedKey | None = None,
) -> list[Placed]:
    """Place a batch, or where `all_or_none` says so and one is refused, nothing of it; each item's outcome, in order.
    Where all were placed before, each is answered as it is.

    An `unjudged` key is judged here: where it opens nothing, or has asked too much, that is the outcome of each.
    """
    if not orders:
        return []
    known = load_seals({order.auction_id for order in orders})
    seals = [known.get(order.auction_id) for order in orders]
    improved = _improved_bids(provider_id, orders)
    packages = _live_packages(provider_id, orders, known)
    checked = [_check(provider_id, order, seal, improved, packages) for order, seal in zip(orders, seals, strict=True)]
    items = _items(checked, seals)
    told = [key_id, provider_id, *items, all_or_none, current_actor(), *_judging(unjudged, cost_of(orders))]
    with connection.cursor() as cursor:
        # A function's rows come in its own order.
        cursor.execute(f"SELECT {_ANSWERED} FROM {PLACE_BIDS.name}({', '.join(['%s'] * len(told))})", told)
        rows = cursor.fetchall()
    placed = [_placed(one, seal, *row) for one, seal, row in zip(checked, seals, rows, strict=True)]
    if all_or_none and any(one.refusal for one in placed) and not all(one.was_placed_before for one in placed):
        return [one if one.refusal else one.refused_with_others() for one in placed]
    return placed


def cost_of(orders: Sequence[AnyBidOrder]) -> int:
    """What it costs to place these, in tokens: one for each auction, since what stands there is looked at."""
    return len({order.auction_id for order in orders})


def _items(checked: Sequence[_Checked], seals: Sequence[Seal | None]) -> list[Any]:
    """What the database gets of each order, an array for each of it."""
    orders = [one.order for one in checked]
    return [
        array_of(order.auction_id for order in orders),
        array_of(order.client_bid_id for order in orders),
        array_of(one.sealed.content if one.sealed else None for one in checked),
        array_of(one.sealed.digest if one.sealed else None for one in checked),
        array_of(one.sealed.fingerprint if one.sealed else None for one in checked),
        array_of(order.max_units for order in orders),
        array_of(order.max_pay_bps for order in orders),
        array_of(one.max_drift_bps for one in checked),
        array_of(order.expires_at for order in orders),
        array_of(one.improves for one in checked),
        array_of(one.refusal.code if one.refusal else None for one in checked),
        array_of(seal.asset_id if seal else None for seal in seals),
        array_of(seal.asset_code if seal else None for seal in seals),
        array_of(seal.scale if seal else None for seal in seals),
        array_of(seal.drift_buffer_bps if seal else None for seal in seals),
        array_of(seal.is_drill if seal else None for seal in seals),
    ]


def _judging(key: UnjudgedKey | None, cost: int) -> list[Any]:
    if key is None:
        return [None] * 10
    signed = (key.signed.signed_at, key.signed.nonce, key.signed.window_seconds) if key.signed else (None, None, None)
    rate = (key.rate.name, cost, key.rate.most, key.rate.per_second)
    return [key.secret_hash, *signed, key.address, key.scope, *rate]


def _placed(
    checked: _Checked,
    seal: Seal | None,
    code: str | None,
    bid_id: UUID | None,
    limited: bool | None,
    tokens_left: float | None,
    *as_it_stands: Any,
) -> Placed:
    refusal = None if code is None else BY_CODE[code]
    created_at, round_, improves_id, firm, max_drift_bps, held, reserve_edge_bps = as_it_stands
    if bid_id is None or created_at is None or checked.sealed is None or seal is None:
        return Placed(bid_id, refusal, None, bool(limited), tokens_left)
    order = checked.order
    new = NewBid(
        id=bid_id,
        created_at=created_at,
        auction_id=order.auction_id,
        drill=seal.is_drill,
        client_bid_id=order.client_bid_id,
        round=round_,
        improves_id=improves_id,
        firm=firm,
        digest=checked.sealed.digest,
        max_units=order.max_units,
        max_pay_bps=order.max_pay_bps,
        max_drift_bps=max_drift_bps,
        held=held,
        expires_at=order.expires_at,
        reserve_edge_bps=reserve_edge_bps,
    )
    return Placed(bid_id, refusal, new, bool(limited), tokens_left)


def _improved_bids(provider_id: UUID, orders: Sequence[AnyBidOrder]) -> dict[tuple[UUID, str], Bid]:
    """The bids that are to be improved, by auction and client_bid_id; no query where there are none."""
    names = {order.improves for order in orders if isinstance(order, BidOrder) and order.improves is not None}
    if not names:
        return {}
    found = Bid.objects.filter(provider=provider_id, client_bid_id__in=names, commitment=None)
    return {(bid.auction_id, bid.client_bid_id): bid for bid in found}


def _live_packages(
    provider_id: UUID, orders: Sequence[AnyBidOrder], seals: Mapping[UUID, Seal]
) -> dict[UUID, set[str]]:
    """The client_bid_ids of its live packages in each auction that takes another on order; no query where none does."""
    wanted = {order.auction_id for order in orders if isinstance(order, BidOrder) and order.offer.is_package}
    names: dict[UUID, set[str]] = {key: set() for key in wanted if key in seals and seals[key].takes_packages}
    if not names:
        return {}
    live = Bid.objects.filter(provider=provider_id, auction__in=names, state=BidState.LIVE, commitment=None)
    for bid in live.only("auction_id", "provider_id", "commitment_id", "client_bid_id", "sealed_offer"):
        if seals[bid.auction_id].hides_package(bid):
            names[bid.auction_id].add(bid.client_bid_id)
    return names


def _check(
    provider_id: UUID,
    order: AnyBidOrder,
    seal: Seal | None,
    improved: Mapping[tuple[UUID, str], Bid],
    packages: dict[UUID, set[str]],
) -> _Checked:
    if isinstance(order, SealedBidOrder):
        return _take_in(provider_id, order, seal)
    former = improved.get((order.auction_id, order.improves)) if order.improves is not None else None
    refusal = _refusal(order)
    if refusal is None and seal is not None:
        refusal = _refusal_in_auction(order, seal, former)
    if refusal is not None or seal is None:
        return _Checked(order, refusal=refusal)
    limit = _drift_limit(order, seal, former)
    sealed = seal.seal(
        provider_id=provider_id,
        client_bid_id=order.client_bid_id,
        offer=order.offer,
        max_units=order.max_units,
        max_pay_bps=order.max_pay_bps,
        max_drift_bps=limit,
        named_drift_bps=order.max_drift_bps,
        expires_at=order.expires_at,
    )
    refusal = _refusal_of_package(order, seal, packages)
    return _Checked(order, former.id if former else None, sealed, limit, refusal)


def _drift_limit(order: AnyBidOrder, seal: Seal, former: Bid | None = None) -> Decimal:
    """The drift up to which it stands: the auction's where it names none, and at least as far as what it improves."""
    named = seal.max_drift_bps if order.max_drift_bps is None else order.max_drift_bps
    return max(named, former.drift_limit_bps(named)) if former else named


def _take_in(provider_id: UUID, order: SealedBidOrder, seal: Seal | None) -> _Checked:
    """What its provider sealed, as it is: only the close looks inside."""
    if order.max_units < 1:
        return _Checked(order, refusal=AuctionRefusal.UNITS_NOT_POSITIVE)
    if order.max_pay_bps < 0:
        return _Checked(order, refusal=AuctionRefusal.PAYMENT_ABOVE_MAXIMUM)
    if seal is None:
        return _Checked(order)
    if seal.public_key is None:
        return _Checked(order, refusal=AuctionRefusal.SEALED_OFFER_NOT_TAKEN)
    limit = _drift_limit(order, seal)
    promise = SealedPromise(
        auction_id=order.auction_id,
        public_key=seal.public_key,
        sealed_offer=order.sealed_offer,
        max_units=order.max_units,
        max_pay_bps=order.max_pay_bps,
        max_drift_bps=limit,
        expires_at=order.expires_at,
    )
    sealed = seal.take_in(
        promise, provider_id=provider_id, client_bid_id=order.client_bid_id, named_drift_bps=order.max_drift_bps
    )
    return _Checked(order, sealed=sealed, max_drift_bps=limit)


def _refusal(order: BidOrder) -> Refusal | None:
    """What is wrong with the offer by itself; it is equal to its maxima at most."""
    if order.units < 1:
        return AuctionRefusal.UNITS_NOT_POSITIVE
    if order.units > order.max_units:
        return AuctionRefusal.UNITS_TOO_MANY
    dearest_payment = max(order.offer.edge_for(inverse=way).copy_negate() for way in (False, True))
    if order.max_pay_bps < 0 or dearest_payment > order.max_pay_bps:
        return AuctionRefusal.PAYMENT_ABOVE_MAXIMUM
    return None if 1 <= order.min_units <= order.units else AuctionRefusal.MIN_UNITS_OUT_OF_RANGE


def _refusal_in_auction(order: BidOrder, seal: Seal, former: Bid | None) -> Refusal | None:
    if seal.public_key is not None:
        return AuctionRefusal.SEALED_OFFER_MISSING
    if order.offer.is_package and not seal.takes_packages:
        return AuctionRefusal.PACKAGES_NOT_TAKEN
    if seal.hides_lot and order.inverse_edge_bps is None:
        return AuctionRefusal.INVERSE_EDGE_MISSING
    if not seal.hides_lot and order.inverse_edge_bps is not None:
        return AuctionRefusal.INVERSE_EDGE_NOT_TAKEN
    if order.improves is None:
        return None
    if former is None:
        return AuctionRefusal.BID_UNKNOWN
    # What was decided is refused by the database; the content of a bid never changes, so it can be compared before.
    offered = seal.open(former)
    if not order.offer.is_no_worse_than(offered):
        return AuctionRefusal.BID_WORSE
    is_better = order.offer.is_better_than(offered, seal.min_improvement_bps)
    return None if is_better else AuctionRefusal.IMPROVEMENT_TOO_SMALL


def _refusal_of_package(order: BidOrder, seal: Seal, packages: dict[UUID, set[str]]) -> Refusal | None:
    """What is wrong with one package more; the next of the call finds it counted. Who calls twice at once may pass
    it: the close lets in no more than its share."""
    if not order.offer.is_package:
        return None
    wanted = packages[order.auction_id] - {order.improves} | {order.client_bid_id}
    if len(wanted) > seal.max_packages:
        return AuctionRefusal.PACKAGES_TOO_MANY
    packages[order.auction_id] = wanted
    return None
