"""Bids in JSON, as they are sent, in plain or sealed by their provider, and as they are shown: what one offers is shown
to nobody before its auction is decided."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from auctions.lifecycle import BidState, CutBidState
from auctions.models import Bid, CutBid
from auctions.models.auctions import MAX_CLIENT_BID_ID
from auctions.operations.provider.place_bids import NewBid
from auctions.rules.provider_sealing import SEALED_OFFER_BYTES
from auctions.rules.refusals import AuctionRefusal
from backstop.api.openapi import FaultOfProblem
from backstop.api.parsing import (
    AmountText,
    EdgeText,
    FlagField,
    IdField,
    MomentField,
    StrictList,
    StrictSerializer,
    TextField,
    UnitsField,
    counted_alone,
    invalid,
    reader_of,
)
from backstop.values.amounts import ZERO, to_text

MAX_BIDS = 100
ATOMIC = (
    "All of them or none: where one is refused, all are (`bids_refused`), and `errors` say which and why; `bids` are "
    "those that were placed before, as they are now. Where all were, each is answered as without it."
)
MAX_DRIFT = (
    "Void where marks move further from the opening to the close; by so much exactly it stands. Held for where it is "
    "more than the auction's drift_buffer_bps. Left out: the auction's max_drift_bps. An improvement stands at least "
    "as far."
)
EXPIRES = (
    "Taken back by itself at this time, or void where the close comes to it first. A window that ends by this time "
    "counts it. One that was carried over into another round by then stands past it, in a halt too, where you may "
    "take it back yourself; so does what was cut back of it. Left out: it stands to the end."
)
# Base64 of so many bytes: what the last group of four has less of stands in `=`.
SEALED_OFFER_PATTERN = f"^[A-Za-z0-9+/]{{{-(-SEALED_OFFER_BYTES * 4 // 3)}}}{'=' * (-SEALED_OFFER_BYTES % 3)}$"


@extend_schema_field(
    {
        "type": "string",
        "contentEncoding": "base64",
        "pattern": SEALED_OFFER_PATTERN,
    }
)
class SealedOfferField(serializers.Field[bytes, Any, str, Any]):
    """What a provider sealed, in base64; nothing but its length can be checked."""

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, str):
            raise invalid(AuctionRefusal.NOT_BASE64)
        try:
            content = base64.b64decode(data, validate=True)
        except ValueError:
            raise invalid(AuctionRefusal.NOT_BASE64) from None
        if len(content) != SEALED_OFFER_BYTES:
            message = f"a sealed offer has {SEALED_OFFER_BYTES} bytes"
            raise invalid(AuctionRefusal.SEALED_OFFER_LENGTH, message=message)
        return content


class BidInput(StrictSerializer):
    """Up to `units` at `edge_bps` (below zero: you pay). The maxima decide what is held, and are not sealed.

    With `all_or_none`, or `min_units` above one, it takes that many units or none.
    """

    client_bid_id = TextField(max_length=MAX_CLIENT_BID_ID)
    units = UnitsField()
    edge_bps = EdgeText()
    inverse_edge_bps = EdgeText(
        required=False,
        help_text="Needed with the auction's disclosure SIZE_BAND and refused without: it counts where the lot is net "
        "short, `edge_bps` where it is net long.",
    )
    all_or_none = FlagField(default=False)
    min_units = UnitsField(default=1)
    max_units = UnitsField(
        required=False, help_text="Where it is left out, as many as `units`, which are then no secret."
    )
    max_pay_bps = EdgeText(not_negative=True, default=ZERO, help_text="Has to cover a negative edge.")
    max_drift_bps = EdgeText(not_negative=True, required=False, help_text=MAX_DRIFT)
    expires_at = MomentField(required=False, help_text=EXPIRES)
    improves = TextField(
        max_length=MAX_CLIENT_BID_ID,
        required=False,
        help_text="The client_bid_id of your bid in this auction whose place this one takes: no higher edge, no fewer "
        "units, none of them more at once, and better by what counts: see the auction's min_improvement_bps. A firm "
        "bid can be improved too, and stays firm.",
    )


class SealedBidInput(StrictSerializer):
    """For an auction with `sealed_by` PROVIDER: the offer sealed to its `offer_public_key` (docs/sealed_bids.md).

    What is in it shows at the close alone, and is void beyond the two maxima, which decide what is held.
    """

    client_bid_id = TextField(max_length=MAX_CLIENT_BID_ID)
    sealed_offer = SealedOfferField()
    max_units = UnitsField()
    max_pay_bps = EdgeText(not_negative=True)
    max_drift_bps = EdgeText(not_negative=True, required=False, help_text=MAX_DRIFT)
    expires_at = MomentField(required=False, help_text=EXPIRES)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An item that cannot be read: what it was called, if it said so, and what is wrong with it."""

    client_bid_id: str | None
    detail: Any


class EachAlone(StrictList):
    """A list in which an item that is malformed keeps no other from being read: it is `Malformed`."""

    def run_child_validation(self, data: Any) -> Any:
        try:
            with counted_alone():  # what is wrong with one says nothing of the next
                return super().run_child_validation(data)
        except serializers.ValidationError as invalid:
            name = data.get("client_bid_id") if isinstance(data, Mapping) else None
            return Malformed(name[:MAX_CLIENT_BID_ID] if isinstance(name, str) else None, invalid.detail)


class EitherBidInput(BidInput):
    """One that holds `sealed_offer` is sealed by its provider, any other is in plain."""

    sealed: type[StrictSerializer] = SealedBidInput

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, Mapping) and "sealed_offer" in data:
            return reader_of(self.sealed).run_validation(data)
        return super().run_validation(data)


class BidAnywhereInput(BidInput):
    """A bid that names its auction."""

    auction_id = IdField()


class SealedBidAnywhereInput(SealedBidInput):
    """A bid sealed by its provider that names its auction."""

    auction_id = IdField()


class EitherBidAnywhereInput(EitherBidInput):
    auction_id = IdField()
    sealed = SealedBidAnywhereInput


def _either(name: str, plain: type[StrictSerializer], sealed: type[StrictSerializer]) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=name, serializers=[plain, sealed], resource_type_field_name=None, many=True
    )


@extend_schema_field(_either("EitherBid", BidInput, SealedBidInput))
class BidList(EachAlone):
    child = EitherBidInput()


@extend_schema_field(_either("EitherBidAnywhere", BidAnywhereInput, SealedBidAnywhereInput))
class BidAnywhereList(EachAlone):
    child = EitherBidAnywhereInput()


class BidsInput(StrictSerializer):
    bids = BidList(allow_empty=False, max_length=MAX_BIDS)
    atomic = FlagField(default=False, help_text=ATOMIC)


class BidsAnywhereInput(StrictSerializer):
    bids = BidAnywhereList(allow_empty=False, max_length=MAX_BIDS)
    atomic = FlagField(default=False, help_text=ATOMIC)


class CutBidOutput(serializers.ModelSerializer[CutBid]):
    """Units of a bid that were not bought, as too dear for the whole bill. They stay firm, past the bid's
    `expires_at` too, for the lot's next Dutch auction (`auction_id`, once it is open), where they take by themselves at
    their edge (TAKEN), or else lapse."""

    auction_id = serializers.UUIDField(source="waits_in_id", allow_null=True)
    edge_bps = EdgeText()
    state = serializers.ChoiceField(CutBidState.choices)
    held = AmountText()
    take_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = CutBid
        fields = ["id", "auction_id", "units", "least_units", "edge_bps", "state", "held", "take_id", "void_reason"]


class BidOutput(serializers.ModelSerializer[Bid]):
    """What it offers is null until the auction is decided, and for ever where it was taken back or void by then;
    `digest` commits to it. A commitment's bid names it. `cut` is what the auction cut back of it, if anything."""

    auction_id = serializers.UUIDField()
    drill = serializers.BooleanField(source="auction.step.lot.book.is_drill")
    commitment_id = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(BidState.choices)
    improves_id = serializers.UUIDField(allow_null=True)
    digest = serializers.SerializerMethodField()
    units = serializers.IntegerField(allow_null=True)
    edge_bps = EdgeText(allow_null=True)
    inverse_edge_bps = EdgeText(allow_null=True)
    max_pay_bps = EdgeText()
    max_drift_bps = EdgeText(
        allow_null=True, help_text="It is void where marks move further from the opening to the close; null: of before."
    )
    held = AmountText()
    must_reconfirm = serializers.BooleanField(help_text="Whether it is void at the close unless you reconfirm it.")
    cut = serializers.SerializerMethodField()

    class Meta:
        model = Bid
        fields = [
            "id",
            "created_at",
            "auction_id",
            "drill",
            "client_bid_id",
            "commitment_id",
            "state",
            "round",
            "improves_id",
            "firm",
            "digest",
            "units",
            "edge_bps",
            "inverse_edge_bps",
            "all_or_none",
            "min_units",
            "max_units",
            "max_pay_bps",
            "max_drift_bps",
            "held",
            "expires_at",
            "cancelled_at",
            "must_reconfirm",
            "reconfirmed_at",
            "voided_at",
            "void_reason",
            "cut",
        ]

    @extend_schema_field(CutBidOutput(allow_null=True))
    def get_cut(self, bid: Bid) -> Any:
        decided = bid.state in (BidState.WON, BidState.LOST)
        return CutBidOutput(bid.cut).data if decided and hasattr(bid, "cut") else None

    def get_digest(self, bid: Bid) -> str:
        return bytes(bid.digest or b"").hex()


class BidConflict(serializers.Serializer[Any]):
    """With `bid_void` it has the `bid`; with `bids_refused` those of the `bids` that were placed before, if any."""

    bid = BidOutput(required=False)
    bids = BidOutput(many=True, required=False)


# One for all answers: to make one costs as much as to place a bid.
_output = BidOutput()
_moment = serializers.DateTimeField()


def bid_shown(bid: Bid | NewBid) -> dict[str, Any]:
    """A bid as `BidOutput` describes it."""
    return _new_bid_shown(bid) if isinstance(bid, NewBid) else dict(_output.to_representation(bid))


def _new_bid_shown(bid: NewBid) -> dict[str, Any]:
    """By hand: an answer may have a hundred of them."""
    return {
        "id": str(bid.id),
        "created_at": _moment.to_representation(bid.created_at),
        "auction_id": str(bid.auction_id),
        "drill": bid.drill,
        "client_bid_id": bid.client_bid_id,
        "commitment_id": None,
        "state": BidState.LIVE.value,
        "round": bid.round,
        "improves_id": None if bid.improves_id is None else str(bid.improves_id),
        "firm": bid.firm,
        "digest": bid.digest.hex(),
        "units": None,
        "edge_bps": None,
        "inverse_edge_bps": None,
        "all_or_none": None,
        "min_units": None,
        "max_units": bid.max_units,
        "max_pay_bps": to_text(bid.max_pay_bps),
        "max_drift_bps": to_text(bid.max_drift_bps),
        "held": to_text(bid.held),
        "expires_at": None if bid.expires_at is None else _moment.to_representation(bid.expires_at),
        "cancelled_at": None,
        "must_reconfirm": False,
        "reconfirmed_at": None,
        "voided_at": None,
        "void_reason": "",
        "cut": None,
    }


class ReconfirmedOutput(serializers.Serializer[Any]):
    """`bids`: how many of your live bids in the auction stand now."""

    bids = serializers.IntegerField()


class RefusalOutput(serializers.Serializer[Any]):
    """Why an item was refused; where it could not be read (`invalid`), `errors` say what is wrong with it."""

    code = serializers.CharField()
    message = serializers.CharField()
    errors = FaultOfProblem(many=True, required=False)  # type: ignore[assignment]


class WarningOutput(serializers.Serializer[Any]):
    """What keeps a bid that is placed from being given anything, `edge_above_reserve`, or all that it asks for,
    `units_above_limit`: then `units` are how many fit within the venue's limits of exposure, the provider's other live
    bids in the auction counted with it. That is looked at when the answer is given, also again, and in no dry run."""

    code = serializers.CharField()
    message = serializers.CharField()
    units = serializers.IntegerField(required=False)


class PlacedOutput(serializers.Serializer[Any]):
    """What became of one item, by its place in the list: `bid`, maybe with a `warning`, or `error`; both where it was
    placed before and is void."""

    index = serializers.IntegerField(help_text="From 0.")
    client_bid_id = serializers.CharField(allow_null=True, help_text="Null where what was sent says none.")
    bid = BidOutput(required=False)
    warning = WarningOutput(required=False)
    error = RefusalOutput(required=False)


class PlacedListOutput(serializers.Serializer[Any]):
    data = PlacedOutput(many=True)  # type: ignore[assignment]
