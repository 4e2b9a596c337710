"""Readiness in Dutch auctions, in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.lifecycle import ReadinessState
from auctions.models import Readiness
from auctions.models.auctions import MAX_CLIENT_BID_ID
from backstop.api.parsing import AmountText, EdgeText, StrictSerializer, TextField, UnitsField
from backstop.values.amounts import to_text


class ReadinessInput(StrictSerializer):
    """You stand ready to take so many units before the auction ends, at its last edge: firm, and without a price."""

    client_bid_id = TextField(max_length=MAX_CLIENT_BID_ID)
    units = UnitsField()
    max_drift_bps = EdgeText(
        not_negative=True,
        required=False,
        help_text="Void where marks have moved further by the auction's end, from those in force now; by so much it "
        "stands. Held for where it is more than the auction's drift_buffer_bps. Left out: its wait_drift_bps.",
    )


class ReadinessOutput(serializers.ModelSerializer[Readiness]):
    """`units_left` is what your own takes, and then the auction's end, have left of `units`; `take_id` what that end
    gave you, and `end_reason` why it was no more."""

    auction_id = serializers.UUIDField()
    drill = serializers.BooleanField(source="auction.step.lot.book.is_drill")
    state = serializers.ChoiceField(ReadinessState.choices)
    held = AmountText(help_text="Of your collateral, for what is left.")
    max_drift_bps = EdgeText(allow_null=True, help_text="How far marks may move until the end; null: however far.")
    marks = serializers.SerializerMethodField(
        help_text="The marks of when you gave your word, by the instrument's id, from which drift counts."
    )
    take_id = serializers.UUIDField(allow_null=True)

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {"type": "string", "format": "decimal"}})
    def get_marks(self, readiness: Readiness) -> Any:
        return readiness.marks and {str(key): to_text(price) for key, price in readiness.marks.items()}

    class Meta:
        model = Readiness
        fields = [
            "id",
            "created_at",
            "auction_id",
            "drill",
            "client_bid_id",
            "units",
            "units_left",
            "state",
            "held",
            "max_drift_bps",
            "marks",
            "take_id",
            "reconfirmed_at",
            "void_reason",
            "end_reason",
        ]


class StandsReadyOutput(serializers.Serializer[Any]):
    units = serializers.IntegerField(help_text="For how many units you stand ready now.")
