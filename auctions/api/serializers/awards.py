"""Awards in JSON. A provider sees what it gets, never whose account it was."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.api.serializers.settlements import SettlementStateField
from auctions.desks.legs import leg_of
from auctions.models import Award, Side
from auctions.rules.lots import slice_legs
from backstop.api.parsing import AmountText, EdgeText


class AwardedPositionOutput(serializers.Serializer[Any]):
    """A part of a position that changes hands, at the mark of the award."""

    instrument = serializers.CharField()
    side = serializers.ChoiceField(Side.choices)
    quantity = AmountText()
    mark_price = AmountText()


class AwardOutput(serializers.ModelSerializer[Award]):
    """What moved for it stands at `/v1/transfers?subject_id=` its id; until then so much collateral is held."""

    kind = serializers.CharField(source="step.kind")
    auction_id = serializers.UUIDField(source="step.auction.id", default=None, allow_null=True)
    bid_id = serializers.UUIDField(allow_null=True)
    take_id = serializers.UUIDField(allow_null=True)
    commitment_id = serializers.UUIDField(allow_null=True)
    drill = serializers.BooleanField(source="step.lot.book.is_drill")
    asset = serializers.CharField(source="step.lot.book.asset.code")
    edge_bps = EdgeText()
    notional = AmountText()
    collateral_held = AmountText()
    positions = serializers.SerializerMethodField()
    settlement_id = serializers.UUIDField(source="settlement.id")
    settlement_state = SettlementStateField(source="settlement.state")

    class Meta:
        model = Award
        fields = [
            "id",
            "created_at",
            "kind",
            "auction_id",
            "bid_id",
            "take_id",
            "commitment_id",
            "units",
            "edge_bps",
            "drill",
            "asset",
            "notional",
            "collateral_held",
            "positions",
            "settlement_id",
            "settlement_state",
        ]

    @extend_schema_field(AwardedPositionOutput(many=True))
    def get_positions(self, award: Award) -> Any:
        lot = award.step.lot
        positions = sorted(lot.positions.all(), key=lambda position: position.ordinal)
        symbols = {position.instrument_id: position.instrument.symbol for position in positions}
        legs = slice_legs([leg_of(position) for position in positions], award.first_unit, award.units, lot.units)
        rows = [
            {
                "instrument": symbols[leg.instrument_id],
                "side": leg.side,
                "quantity": leg.quantity,
                "mark_price": award.marks[leg.instrument_id],
            }
            for leg in legs
        ]
        return AwardedPositionOutput(rows, many=True).data
