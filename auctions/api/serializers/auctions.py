"""Auctions, bids and takes in JSON. What a sealed bid offers is shown to nobody before its auction is decided."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.lifecycle import AUCTION, AuctionState, BidState, StepKind
from auctions.models import Auction, Bid, SealedBy, Side, Take
from auctions.operations.price_clock import access_from, edge_of, starts_at
from auctions.operations.quoting import Quote
from auctions.rules.breaker import Level
from auctions.rules.curves import Kind
from auctions.rules.disclosure import Disclosure
from backstop.api.parsing import MAX_WHOLE, AmountField, EdgeField, FlagField, StrictSerializer, TextField, UnitsField
from backstop.values.amounts import ZERO, to_text

MAX_BIDS = 100
# What an auction says that does not show its lot.
HIDDEN: dict[str, Any] = {"lot_units": None, "notional": None, "positions": [], "marks": None, "reserve_edge_bps": None}
KINDS = [StepKind.SEALED.value, StepKind.DUTCH.value]


class LegOutput(serializers.Serializer[Any]):
    """A position of the lot: `quantity` is that of all `lot_units`; units differ by at most a `quantity_step`."""

    instrument = serializers.CharField(source="instrument.symbol")
    kind = serializers.CharField(source="instrument.kind")
    product_group = serializers.CharField(source="instrument.product_group.code")
    side = serializers.ChoiceField(Side.choices)
    quantity = AmountField()
    quantity_step = AmountField(source="instrument.quantity_step")
    margin_rate = AmountField(source="instrument.margin_rate")


class CurveOutput(serializers.Serializer[Any]):
    """The edge over the seconds of the price clock, before the cap: by knots of [seconds, edge], linear between them;
    or with a price (1 - edge) of which `cut` is left after each second, or each `step_seconds`."""

    kind = serializers.ChoiceField([kind.value for kind in Kind])
    knots = serializers.ListField(
        child=serializers.ListField(child=AmountField(), min_length=2, max_length=2), required=False
    )
    start_edge_bps = EdgeField(required=False)
    cut = AmountField(required=False)
    step_seconds = AmountField(required=False)


class BandOutput(serializers.Serializer[Any]):
    """Above `above`, up to `up_to` exactly."""

    above = AmountField()
    up_to = AmountField()


class AuctionOutput(serializers.ModelSerializer[Auction]):
    """A bid reserves `base_reserve` + `max_units` x (`unit_reserve` + `unit_exposure` x `max_pay_bps` / 10000).

    `edge_now_bps` is the price clock's; a take gets at most what the lot affords at the marks of its instant.
    `price_rule` counts for UNIFORM; a sealed auction's terms are empty in a Dutch one.

    With the `disclosure` SIZE_BAND `units` are percents of what is offered, and a bid needs an `inverse_edge_bps`. The
    notional's `band` is shown, and `risk_percent`: how much of its notional taking the lot binds. Until the auction is
    decided the lot is not: `positions` are empty, `lot_units`, `notional`, `marks` and `reserve_edge_bps` null.
    """

    kind = serializers.ChoiceField(KINDS)
    state = serializers.ChoiceField(AuctionState.choices)
    asset = serializers.CharField(source="step.lot.book.asset.code")
    book_version = serializers.IntegerField(source="step.lot.book_version")
    disclosure = serializers.ChoiceField([each.value for each in Disclosure])
    product_groups = serializers.SerializerMethodField()
    band = serializers.SerializerMethodField()
    lot_units = serializers.IntegerField(source="step.lot.units", allow_null=True)
    units_left = serializers.SerializerMethodField()
    sealed_by = serializers.ChoiceField(SealedBy.choices, allow_blank=True)
    offer_public_key = serializers.SerializerMethodField(
        help_text="The X25519 key, in hexadecimal, that providers seal their bids to; null where the venue seals them."
    )
    reserve_edge_bps = EdgeField(allow_null=True)
    first_rejected_cap_bps = EdgeField()
    notional = AmountField(allow_null=True)
    base_reserve = AmountField()
    unit_reserve = AmountField()
    unit_exposure = AmountField()
    positions = serializers.SerializerMethodField()
    marks = serializers.SerializerMethodField(help_text="The marks of the opening, by instrument.")
    curve = serializers.SerializerMethodField()
    edge_now_bps = serializers.SerializerMethodField()
    access_from = serializers.SerializerMethodField(
        help_text="From when on you may take: better tiers alone, until the price clock starts. Null where sealed."
    )
    price_starts_at = serializers.SerializerMethodField(help_text="When the price clock starts. Null where sealed.")
    breaker_level = serializers.SerializerMethodField(
        help_text="What the circuit breaker stops: 0 nothing, 1 openings, 2 reopenings and restarts, 3 bids and takes."
    )
    excluded = serializers.SerializerMethodField(help_text="Whether you may take no part.")

    class Meta:
        model = Auction
        fields = [
            "id",
            "created_at",
            "kind",
            "format",
            "price_rule",
            "first_rejected_cap_bps",
            "rationing",
            "sealed_by",
            "offer_public_key",
            "state",
            "round",
            "opens_at",
            "closes_at",
            "halted_at",
            "halt_reason",
            "halt_ends_at",
            "breaker_level",
            "restarts",
            "reconfirm_since",
            "book_version",
            "asset",
            "units",
            "units_left",
            "min_take_units",
            "disclosure",
            "product_groups",
            "band",
            "risk_percent",
            "lot_units",
            "notional",
            "positions",
            "marks",
            "reserve_edge_bps",
            "base_reserve",
            "unit_reserve",
            "unit_exposure",
            "curve",
            "price_starts_at",
            "access_from",
            "edge_now_bps",
            "excluded",
        ]

    def to_representation(self, auction: Auction) -> dict[str, Any]:
        shown = super().to_representation(auction)
        return shown | HIDDEN if auction.hides_lot else shown

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_product_groups(self, auction: Auction) -> Any:
        return sorted({position.instrument.product_group.code for position in auction.step.lot.positions.all()})

    @extend_schema_field(BandOutput(allow_null=True))
    def get_band(self, auction: Auction) -> Any:
        if auction.band_up_to is None:
            return None
        return BandOutput({"above": auction.band_above, "up_to": auction.band_up_to}).data

    def get_breaker_level(self, auction: Any) -> int:
        return Level.NO_BIDS if auction.state == AuctionState.HALTED else int(auction.level_set)

    def get_units_left(self, auction: Auction) -> int:
        return auction.units - auction.units_taken

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_offer_public_key(self, auction: Auction) -> Any:
        return bytes(auction.offer_public_key).hex() if auction.offer_public_key else None

    @extend_schema_field(LegOutput(many=True))
    def get_positions(self, auction: Auction) -> Any:
        positions = sorted(auction.step.lot.positions.all(), key=lambda position: position.ordinal)
        return LegOutput(positions, many=True).data

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {"type": "string", "format": "decimal"}})
    def get_marks(self, auction: Auction) -> Any:
        symbols = {str(p.instrument_id): p.instrument.symbol for p in auction.step.lot.positions.all()}
        return {symbols[key]: price for key, price in auction.marks.items()}

    @extend_schema_field(CurveOutput(allow_null=True))
    def get_curve(self, auction: Auction) -> Any:
        return auction.curve

    @extend_schema_field(EdgeField(allow_null=True))
    def get_edge_now_bps(self, auction: Any) -> Any:
        if not auction.curve or auction.state in AUCTION.final:
            return None
        # While it is halted its price clock stands where it stood.
        at = auction.halted_at or auction.read_at
        return to_text(edge_of(auction, at, auction.reserve_edge_bps))

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_price_starts_at(self, auction: Auction) -> Any:
        return starts_at(auction) if auction.curve else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_access_from(self, auction: Auction) -> Any:
        return access_from(auction, self.context["request"].user.provider.id) if auction.curve else None

    def get_excluded(self, auction: Auction) -> bool:
        return self.context["request"].user.provider.id in auction.excluded_providers


class QuoteInput(serializers.Serializer[Any]):
    units = serializers.IntegerField(
        min_value=1, max_value=MAX_WHOLE, required=False, help_text="All that is left, where it is left out."
    )


class SizesOutput(serializers.Serializer[Any]):
    """From `first` to `last` units, both included."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()


class InstantOutput(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    edge_bps = EdgeField()


class QuoteOutput(serializers.Serializer[Any]):
    """At the marks of `at`. `units` is what a take of as many as you asked for would get; it needs `margin_needed`.

    `access_from` is when your own time begins. `schedule` has the knots ahead of a PIECEWISE curve, of other curves
    the next steps or seconds, up to the cap or the close.
    """

    at = serializers.DateTimeField()
    book_version = serializers.IntegerField()
    units = serializers.IntegerField()
    units_left = serializers.IntegerField()
    valid_sizes = serializers.SerializerMethodField()
    edge_bps = EdgeField()
    margin_needed = AmountField()
    margin_free = AmountField()
    access = serializers.BooleanField()
    access_from = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    schedule = serializers.SerializerMethodField()

    @extend_schema_field(SizesOutput(many=True))
    def get_valid_sizes(self, quote: Quote) -> Any:
        return SizesOutput([{"first": first, "last": last} for first, last in quote.valid_sizes], many=True).data

    @extend_schema_field(InstantOutput(many=True))
    def get_schedule(self, quote: Quote) -> Any:
        return InstantOutput([{"at": at, "edge_bps": edge} for at, edge in quote.schedule], many=True).data


class BidInput(StrictSerializer):
    """Up to `units` at `edge_bps` (below zero: you pay). The two maxima decide what is reserved, and are not sealed.

    With `all_or_none`, or `min_units` above one, it takes that many units or none.
    """

    client_bid_id = TextField(max_length=64)
    units = UnitsField()
    edge_bps = EdgeField()
    inverse_edge_bps = EdgeField(
        required=False,
        help_text="Needed with the auction's disclosure SIZE_BAND and refused without: it counts where the lot is net "
        "short, `edge_bps` where it is net long.",
    )
    all_or_none = FlagField(default=False)
    min_units = UnitsField(default=1)
    max_units = UnitsField(
        required=False, help_text="Where it is left out, as many as `units`, which are then no secret."
    )
    max_pay_bps = EdgeField(not_negative=True, default=ZERO, help_text="Has to cover a negative edge.")
    improves = TextField(
        max_length=64,
        required=False,
        help_text="The client_bid_id of your bid in this auction whose place this one takes: no higher edge, no fewer "
        "units, none of them more at once. A firm bid can be improved too, and stays firm.",
    )


class BidOutput(serializers.ModelSerializer[Bid]):
    """What it offers is null until the auction is decided; `digest` commits to it. A commitment's bid names it."""

    auction_id = serializers.UUIDField()
    commitment_id = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(BidState.choices)
    improves_id = serializers.UUIDField(allow_null=True)
    digest = serializers.SerializerMethodField()
    units = serializers.IntegerField(allow_null=True)
    edge_bps = EdgeField(allow_null=True)
    inverse_edge_bps = EdgeField(allow_null=True)
    max_pay_bps = EdgeField()
    reserved = AmountField()
    must_reconfirm = serializers.BooleanField(help_text="Whether it is void at the close unless you reconfirm it.")

    class Meta:
        model = Bid
        fields = [
            "id",
            "created_at",
            "auction_id",
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
            "reserved",
            "cancelled_at",
            "must_reconfirm",
            "reconfirmed_at",
            "voided_at",
            "void_reason",
        ]

    def get_digest(self, bid: Bid) -> str:
        return bytes(bid.digest or b"").hex()


class ReconfirmedOutput(serializers.Serializer[Any]):
    """`bids`: how many of your live bids in the auction stand now."""

    bids = serializers.IntegerField()


class RefusalOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class PlacedOutput(serializers.Serializer[Any]):
    """What became of one item: either `bid` or `error`."""

    client_bid_id = serializers.CharField()
    bid = BidOutput(required=False)
    error = RefusalOutput(required=False)


class PlacedListOutput(serializers.Serializer[Any]):
    data = PlacedOutput(many=True)  # type: ignore[assignment]


class TakeInput(StrictSerializer):
    """Up to `units`, at the edge of this instant. What else is sent guards you: it is refused where the edge is below
    `edge_floor_bps`, fewer than `min_units` can be taken, or the book is no longer of `book_version`.

    You get the largest valid size within `units`: from the auction's `min_take_units` to what leaves as many, or all.
    """

    client_bid_id = TextField(max_length=64)
    units = UnitsField()
    min_units = UnitsField(required=False)
    edge_floor_bps = EdgeField(required=False)
    book_version = UnitsField(required=False)


class TakeOutput(serializers.ModelSerializer[Take]):
    auction_id = serializers.UUIDField()
    edge_floor_bps = EdgeField(allow_null=True)
    book_version = serializers.IntegerField(allow_null=True)
    edge_bps = EdgeField()

    class Meta:
        model = Take
        fields = [
            "id",
            "created_at",
            "auction_id",
            "client_bid_id",
            "max_units",
            "min_units",
            "edge_floor_bps",
            "book_version",
            "units",
            "edge_bps",
        ]
