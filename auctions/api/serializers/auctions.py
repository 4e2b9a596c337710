"""Auctions in JSON. A lot that an auction hides is shown to no provider before it is decided."""

from decimal import Decimal
from typing import Any, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.desks.dutch import access_from
from auctions.desks.participants import candidate_of
from auctions.lifecycle import AUCTION, AUCTIONED, AuctionState
from auctions.models import Auction, SealedBy, Side
from auctions.rules.breaker import Level
from auctions.rules.curves import CURVES, types_of
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import is_excluded
from backstop.api.parsing import AmountText, EdgeText
from backstop.values.amounts import to_text

# What an auction says that does not show its lot.
HIDDEN: dict[str, Any] = {"lot_units": None, "notional": None, "positions": [], "marks": None, "reserve_edge_bps": None}
KINDS = [kind.value for kind in AUCTIONED]


class LegOutput(serializers.Serializer[Any]):
    """A position of the lot: `quantity` is that of all `lot_units`; units differ by at most a `quantity_step`."""

    instrument = serializers.CharField(source="instrument.symbol")
    kind = serializers.CharField(source="instrument.kind")
    product_group = serializers.CharField(source="instrument.product_group.code")
    side = serializers.ChoiceField(Side.choices)
    quantity = AmountText()
    quantity_step = AmountText(source="own_step")
    margin_rate = AmountText(source="own_margin_rate")


class CurveOutput(serializers.Serializer[Any]):
    """The edge over the seconds of the price clock, before the cap: by knots of [seconds, edge], linear between them;
    or with a price (1 - edge) of which `cut` is left after each second, or each `step_seconds`."""

    kind = serializers.ChoiceField(list(CURVES))

    def get_fields(self) -> Any:
        """Those of every kind of curve."""
        types = {name: form for kind in CURVES.values() for name, form in types_of(kind).items()}
        return super().get_fields() | {name: _json_of(form, required=False) for name, form in types.items()}


class BandOutput(serializers.Serializer[Any]):
    """Above `above`, up to `up_to` exactly."""

    above = AmountText()
    up_to = AmountText()


class AuctionOutput(serializers.ModelSerializer[Auction]):
    """A bid holds `base_hold` + `max_units` x (`unit_hold` + `unit_exposure` x `max_pay_bps` / 10000), and where its
    `max_drift_bps` is more than `drift_buffer_bps`, so much more as it would be with that buffer.

    `edge_now_bps` is the price clock's; a take gets at most what the lot affords at the marks of its instant.
    `price_rule` counts for UNIFORM; a sealed auction's terms are empty in a Dutch one.

    With the `disclosure` SIZE_BAND `units` are percents of what is offered, and a bid needs an `inverse_edge_bps`. The
    notional's `band` is shown, and `risk_percent`: how much of its notional taking the lot binds. Until the auction is
    decided the lot is not: `positions` are empty, `lot_units`, `notional`, `marks` and `reserve_edge_bps` null.
    """

    kind = serializers.ChoiceField(KINDS)
    state = serializers.ChoiceField(AuctionState.choices)
    drill = serializers.BooleanField(source="step.lot.book.is_drill")
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
    reserve_edge_bps = EdgeText(allow_null=True)
    first_rejected_cap_bps = EdgeText()
    max_bids = serializers.IntegerField(
        help_text="The most bids that you ever place in this auction: those taken back or improved count too."
    )
    min_improvement_bps = EdgeText(help_text="An improvement that lowers an edge lowers it by at least so much.")
    max_drift_bps = EdgeText(
        source="step.lot.book.playbook.max_drift_bps", help_text="What a bid has that names none of its own."
    )
    drift_buffer_bps = EdgeText(
        source="step.lot.book.playbook.drift_buffer_bps", help_text="The buffer for drift in what is held."
    )
    wait_drift_bps = EdgeText(
        source="step.lot.book.playbook.wait_drift_bps", help_text="What readiness has that names no limit of its own."
    )
    contested = serializers.BooleanField(
        allow_null=True, help_text="Null until judged: a sealed auction at its close, a Dutch one by who acts in it."
    )
    uncontested_cap_bps = EdgeText(
        allow_null=True, help_text="The most that is paid before a Dutch auction is judged, and without competition."
    )
    ready_seconds = AmountText(
        allow_null=True, help_text="When a Dutch auction is judged, in seconds of its price clock. Null where sealed."
    )
    notional = AmountText(allow_null=True)
    base_hold = AmountText()
    unit_hold = AmountText()
    unit_exposure = AmountText()
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
            "drill",
            "round",
            "opens_at",
            "closes_at",
            "halted_at",
            "halt_reason",
            "halt_ends_at",
            "breaker_level",
            "restarts",
            "max_drift_bps",
            "drift_buffer_bps",
            "wait_drift_bps",
            "reconfirm_since",
            "book_version",
            "asset",
            "units",
            "units_left",
            "min_take_units",
            "max_bids",
            "min_improvement_bps",
            "disclosure",
            "product_groups",
            "band",
            "risk_percent",
            "lot_units",
            "notional",
            "positions",
            "marks",
            "reserve_edge_bps",
            "contested",
            "uncontested_cap_bps",
            "ready_seconds",
            "base_hold",
            "unit_hold",
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
        return auction.units_left

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_offer_public_key(self, auction: Auction) -> Any:
        return bytes(auction.offer_public_key).hex() if auction.offer_public_key else None

    @extend_schema_field(LegOutput(many=True))
    def get_positions(self, auction: Auction) -> Any:
        positions = sorted(auction.step.lot.positions.all(), key=lambda position: position.ordinal)
        return LegOutput(positions, many=True).data

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {"type": "string", "format": "decimal"}})
    def get_marks(self, auction: Auction) -> Any:
        symbols = {p.instrument_id: p.instrument.symbol for p in auction.step.lot.positions.all()}
        return {symbols[key]: to_text(price) for key, price in auction.marks.items()}

    @extend_schema_field(CurveOutput(allow_null=True))
    def get_curve(self, auction: Auction) -> Any:
        return auction.curve

    @extend_schema_field(EdgeText(allow_null=True))
    def get_edge_now_bps(self, auction: Any) -> Any:
        if not auction.curve or auction.state in AUCTION.final:
            return None
        # While it is halted its price clock stands where it stood.
        at = auction.halted_at or auction.read_at
        return to_text(auction.price_clock.edge_at(at, auction.cap_bps))

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_price_starts_at(self, auction: Auction) -> Any:
        return auction.price_clock.starts_at if auction.curve else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_access_from(self, auction: Auction) -> Any:
        return access_from(auction, self.context["request"].user.provider.id) if auction.curve else None

    def get_excluded(self, auction: Auction) -> bool:
        return is_excluded(candidate_of(self.context["request"].user.provider), auction.exclusions)


def _json_of(form: Any, **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    """How a field of a curve is written: a Decimal, an int, or a tuple of these."""
    if form is Decimal:
        return AmountText(**options)
    if form is int:
        return serializers.IntegerField(**options)
    first, *others = get_args(form)
    sizes: Any = {} if others == [Ellipsis] else {"min_length": 1 + len(others), "max_length": 1 + len(others)}
    return serializers.ListField(child=_json_of(first), **sizes, **options)
