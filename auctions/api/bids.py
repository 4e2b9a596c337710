"""Sealed bids: placing one or up to 100 in one call, taking them back, and a provider's own list."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.judging import JudgedByOperation
from accounts.models import Provider
from auctions.api.serializers.bids import (
    MAX_BIDS,
    BidConflict,
    BidInput,
    BidList,
    BidOutput,
    BidsAnywhereInput,
    BidsInput,
    EitherBidInput,
    Malformed,
    ReconfirmedOutput,
    SealedBidInput,
    bid_shown,
)
from auctions.api.serializers.receipts import PlacedBidOutput, PlacedBidsOutput
from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.place_bids import (
    AnyBidOrder,
    BidOrder,
    NewBid,
    Placed,
    SealedBidOrder,
    cost_of,
    place_bids,
)
from auctions.operations.provider.reconfirm_bid import reconfirm_bid
from auctions.operations.provider.reconfirm_bids import reconfirm_bids
from auctions.queries import list_units_that_fit
from auctions.rules.receipts import Entry, receipt_for, written
from auctions.rules.refusals import AuctionRefusal
from backstop.api.problems import faults_of
from backstop.api.views import ListView, RowView, View
from backstop.errors import FAULTS_NAMED, Fault, Refusal
from backstop.metering import Cost
from backstop.refusals import GroundRefusal

ABOVE_RESERVE = {
    "code": "edge_above_reserve",
    "message": "the bid asks for more than the auction's reserve_edge_bps: as it stands it will be given nothing",
}
ABOVE_LIMIT = {
    "code": "units_above_limit",
    "message": "the provider's cluster may not hold so much within its venue's limits: as it stands it will be given "
    "no more units of the auction than these",
}
ONE_OR_MANY = PolymorphicProxySerializer("OneBidOrMany", [BidInput, SealedBidInput, BidsInput], None)


class AuctionBids(JudgedByOperation):
    scope = "bids"
    writing = Cost("bids")
    finds_repeats = True
    conflict = BidConflict

    @extend_schema(
        operation_id="placeBids", request=ONE_OR_MANY, responses={201: PlacedBidOutput, 200: PlacedBidsOutput}
    )
    def post(self, request: Request, auction_id: UUID) -> Response:
        """Bid once, or up to 100 times in a list, where each item succeeds or fails alone, malformed or not, unless it
        is `atomic`.

        The same `client_bid_id` with the same content again gets the same bid; one that is void by then is refused as
        `bid_void`, with the `bid`.
        """
        data, order_of = request.data, partial(_order, auction_id)
        if isinstance(data, list):
            sent = self.body(BidList, allow_empty=False, max_length=MAX_BIDS)
            return Response(_place_several(self, _Batch(sent, order_of, "")))
        if isinstance(data, Mapping) and "bids" in data:
            body = self.body(BidsInput)
            return Response(_place_several(self, _Batch(body["bids"], order_of, "/bids", body["atomic"])))
        order = order_of(self.body(EitherBidInput))
        return Response(_place(self, [order], lambda placed: _one(order, placed[0])), 201)


class BidFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=BidState.choices)
    auction_id = filters.UUIDFilter()
    client_bid_id = filters.CharFilter(method="named_by_provider")

    def named_by_provider(self, bids: QuerySet[Bid], name: str, client_bid_id: str) -> QuerySet[Bid]:
        """Those that it gave this name itself: a commitment's bid has one of ours."""
        return bids.filter(client_bid_id=client_bid_id, commitment=None)


class Bids(JudgedByOperation, ListView):
    """The provider's own bids, newest first; what they offer is hidden until their auction is decided."""

    scope = "read"
    write_scope = "bids"
    writing = Cost("bids")
    model = Bid
    serializer_class = BidOutput
    filterset_class = BidFilters
    finds_repeats = True
    conflict = BidConflict

    def listed(self) -> QuerySet[Bid]:
        return Bid.objects.filter(provider=self.principal.provider).select_related(
            "auction__step__lot__book__asset", "cut"
        )

    @extend_schema(operation_id="placeBidsAnywhere", request=BidsAnywhereInput, responses={200: PlacedBidsOutput})
    def post(self, request: Request) -> Response:
        """Bid up to 100 times, in one auction or in many, in one call, which costs a token for each auction; each item
        succeeds or fails alone, malformed or not, unless it is `atomic`."""
        body = self.body(BidsAnywhereInput)
        batch = _Batch(body["bids"], lambda sent: _order(sent["auction_id"], sent), "/bids", body["atomic"])
        return Response(_place_several(self, batch))


class ReconfirmAll(View):
    scope = "bids"
    writing = Cost("bids")

    @extend_schema(operation_id="reconfirmBids", request=None, responses=ReconfirmedOutput)
    def post(self, request: Request, auction_id: UUID) -> Response:
        """After a long halt: say that all your live bids in an auction stand. Silent ones are void at its close."""
        whose = {"venue_id": self.principal.venue.id, "provider_id": self.principal.provider.id}
        return Response(self.write(_standing, reconfirm_bids, **whose, auction_id=auction_id))


class ReconfirmOne(View):
    scope = "bids"
    writing = Cost("bids")

    @extend_schema(operation_id="reconfirmBid", request=None, responses=BidOutput)
    def post(self, request: Request, bid_id: UUID) -> Response:
        """After a long halt: say that one bid still stands."""
        return Response(self.write(bid_shown, reconfirm_bid, provider_id=self.principal.provider.id, bid_id=bid_id))


class OneBid(RowView):
    """One bid of the provider's; what it offers is hidden until its auction is decided."""

    of = Bids
    unknown = AuctionRefusal.BID_UNKNOWN
    write_scope = "bids"

    @extend_schema(operation_id="cancelBid", responses={200: BidOutput})
    def delete(self, request: Request, bid_id: UUID) -> Response:
        """Take a bid back, before its auction's window is over."""
        return Response(self.write(bid_shown, cancel_bid, provider_id=self.principal.provider.id, bid_id=bid_id))


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was `sent` to be placed in one call, some of it maybe `Malformed`, in the list at this pointer."""

    sent: Sequence[Any]
    order_of: Callable[[Any], AnyBidOrder]
    pointer: str
    atomic: bool = False

    @property
    def malformed(self) -> dict[int, Malformed]:
        """By place."""
        return {place: one for place, one in enumerate(self.sent) if isinstance(one, Malformed)}

    @property
    def orders(self) -> dict[int, AnyBidOrder]:
        """Those that can be read, by place."""
        readable = ((place, one) for place, one in enumerate(self.sent) if not isinstance(one, Malformed))
        return {place: self.order_of(one) for place, one in readable}

    def faults(self) -> Iterator[tuple[int, Fault]]:
        """What is wrong with those that cannot, by place."""
        for place, one in self.malformed.items():
            for fault in faults_of(one.detail, f"{self.pointer}/{place}"):
                yield place, fault


def _place_several(view: JudgedByOperation, batch: _Batch) -> Any:
    if batch.atomic and batch.malformed:
        raise GroundRefusal.INVALID.error(faults=[fault for _, fault in batch.faults()])
    orders = batch.orders
    if not orders:
        view.judge()  # nothing is left to place, by which it would be

    def answer(placed: Sequence[Placed]) -> Any:
        if batch.atomic:
            _require_all(list(orders.values()), placed)
        return _several(batch, orders, placed)

    return _place(view, list(orders.values()), answer, all_or_none=batch.atomic)


def _require_all(orders: Sequence[AnyBidOrder], placed: Sequence[Placed]) -> None:
    """Refuses what could not be placed as a whole, and shows what of it was placed before, as it is."""
    if all(one.was_placed_before for one in placed):
        return
    faults = [
        one.refusal.at(f"/bids/{place}{_pointer(order, one.refusal)}")
        for place, (order, one) in enumerate(zip(orders, placed, strict=True))
        if one.refusal not in (None, AuctionRefusal.BIDS_REFUSED)
    ]
    if faults:
        before = [bid_shown(row) for row in _rows([one for one in placed if one.was_placed_before]).values()]
        raise AuctionRefusal.BIDS_REFUSED.error(faults=faults, members={"bids": before} if before else None)


def _place(
    view: JudgedByOperation,
    orders: Sequence[AnyBidOrder],
    answer: Callable[[Sequence[Placed]], Any],
    *,
    all_or_none: bool = False,
) -> Any:
    principal, unjudged = view.principal, view.hand_over()
    if unjudged is None and cost_of(orders) > 1:
        view.charge(cost_of(orders) - 1)  # one was taken when the key was judged
    may_be_limited = True  # an answer that was stored does not say

    def heard(placed: Sequence[Placed]) -> Any:
        nonlocal may_be_limited
        for first in placed[:1]:
            view.hear(unjudged, first.tokens_left, first.refusal)
        may_be_limited = any(one.limited for one in placed)
        return answer(placed)

    whose = {"key_id": principal.id, "provider_id": principal.provider.id}
    answered = view.write(heard, place_bids, **whose, orders=orders, all_or_none=all_or_none, unjudged=unjudged)
    if view.conditions.dry_run:  # a receipt is a signed promise, and nothing was placed
        return {**answered, "receipt": None}
    # Only now, when it holds nothing that a close would wait for.
    return _warned(principal.provider, answered) if may_be_limited else answered


def _warned(provider: Provider, answered: Any) -> Any:
    """What was answered of one bid or several, with a warning for each that stands and, as things are now, does not fit
    within its venue's limits."""
    items = answered["data"] if "data" in answered else [answered | {"bid": answered}]
    standing = {
        place: UUID(item["bid"]["auction_id"])
        for place, item in enumerate(items)
        if item.get("bid", {}).get("state") == BidState.LIVE and not item.get("warning")
    }
    fits = list_units_that_fit(provider, set(standing.values())) if standing else {}
    warnings = {
        place: {"warning": ABOVE_LIMIT | {"units": fits[auction_id]}}
        for place, auction_id in standing.items()
        if auction_id in fits
    }
    if "data" not in answered:
        return answered | warnings.get(0, {})
    return answered | {"data": [item | warnings.get(place, {}) for place, item in enumerate(items)]}


def _standing(count: int) -> Any:
    return {"bids": count}


def _order(auction_id: UUID, sent: Mapping[str, Any]) -> AnyBidOrder:
    if "sealed_offer" in sent:
        return SealedBidOrder(**{"auction_id": auction_id, **sent})
    return BidOrder(**{"auction_id": auction_id, "max_units": sent["units"], **sent})


def _one(order: AnyBidOrder, placed: Placed) -> Any:
    rows = _rows([placed])
    if placed.refusal is not None:
        void = {"bid": bid_shown(*rows.values())} if rows else None
        raise placed.refusal.error(pointer=_pointer(order, placed.refusal), members=void)
    (row,) = rows.values()
    return bid_shown(row) | {"receipt": _receipt([row]), "warning": _warning(order, row)}


def _pointer(order: AnyBidOrder, refusal: Refusal) -> str:
    """What is at fault in a bid that is refused."""
    too_many = refusal is AuctionRefusal.UNITS_TOO_MANY
    return "/max_units" if too_many and isinstance(order, SealedBidOrder) else refusal.pointer


def _several(batch: _Batch, orders: Mapping[int, AnyBidOrder], placed: Sequence[Placed]) -> Any:
    rows = _rows(placed)
    items = {place: _item(order, one, rows) for (place, order), one in zip(orders.items(), placed, strict=True)}
    items |= _unread(batch)
    return {
        "data": [{"index": place, **items[place]} for place in sorted(items)],
        "receipt": _receipt([rows[one.bid_id] for one in placed if one.bid_id]),
    }


def _item(order: AnyBidOrder, placed: Placed, rows: Mapping[UUID, Bid | NewBid]) -> Any:
    row = rows[placed.bid_id] if placed.bid_id else None
    warning = _warning(order, row) if row else None
    return (
        {"client_bid_id": order.client_bid_id}
        | ({"bid": bid_shown(row)} if row else {})
        | ({"error": _said(placed.refusal)} if placed.refusal is not None else {})
        | ({"warning": warning} if warning else {})
    )


def _unread(batch: _Batch) -> dict[int, Any]:
    faults = defaultdict(list)
    for place, fault in islice(batch.faults(), FAULTS_NAMED):
        faults[place].append(asdict(fault))
    invalid = _said(GroundRefusal.INVALID)
    return {
        place: {"client_bid_id": one.client_bid_id, "error": {**invalid, "errors": faults[place]}}
        for place, one in batch.malformed.items()
    }


def _rows(placed: Sequence[Placed]) -> Mapping[UUID, Bid | NewBid]:
    """The bids of a call by their ids; what was placed before is read as it is now, in one query."""
    new: dict[UUID, Bid | NewBid] = {one.new.id: one.new for one in placed if one.new}
    known = [one.bid_id for one in placed if one.bid_id and not one.new]
    return new | (Bid.objects.select_related("auction__step__lot__book__asset", "cut").in_bulk(known) if known else {})


def _said(refusal: Refusal) -> Any:
    return {"code": refusal.code, "message": refusal.message}


def _warning(order: AnyBidOrder, row: Bid | NewBid) -> Any:
    """What its provider had better know of a bid that is placed; nothing that it or the auction hides."""
    reserve_edge_bps = _shown_reserve(row)
    if isinstance(order, BidOrder) and reserve_edge_bps is not None and order.edge_bps > reserve_edge_bps:
        return ABOVE_RESERVE
    return None


def _shown_reserve(row: Bid | NewBid) -> Decimal | None:
    if isinstance(row, NewBid):
        return row.reserve_edge_bps
    return None if row.auction.hides_lot else row.auction.reserve_edge_bps


def _receipt(bids: Sequence[Bid | NewBid]) -> Any:
    """The receipt for what a call placed, now or when it was first made; none for nothing."""
    entries = [Entry(bid.auction_id, bid.created_at, bytes(bid.digest)) for bid in bids if bid.digest is not None]
    return written(receipt_for(entries, settings.SIGNING_KEY)) if entries else None
