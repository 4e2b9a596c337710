"""Markouts in JSON. A provider sees its own."""

from rest_framework import serializers

from auctions.api.serializers.settlements import SettlementStateField
from auctions.models import Markout
from auctions.rules.markouts import AFTER_MINUTES
from backstop.api.parsing import AmountText, EdgeText


class MarkoutOutput(serializers.ModelSerializer[Markout]):
    """An award some minutes later. Without marks in force at the `instant`, the first within a minute after it count;
    where there were none, `judged_at` is known, and `marks_at` and what follows from them null."""

    provider_id = serializers.UUIDField()
    award_id = serializers.UUIDField()
    settlement_state = SettlementStateField(source="award.settlement.state")
    minutes = serializers.ChoiceField([(each, str(each)) for each in AFTER_MINUTES])
    instant = serializers.DateTimeField(help_text="Whose marks count.")
    due_at = serializers.DateTimeField(help_text="From then on it is judged.")
    marks_at = serializers.DateTimeField(allow_null=True, help_text="When the marks that count were in force.")
    marks = serializers.SerializerMethodField()
    notional = AmountText(source="award.notional")
    edge_bps = EdgeText(source="award.edge_bps")
    adverse_bps = AmountText(
        allow_null=True, help_text="How far the marks moved against the provider; below zero in its favour."
    )
    kept_bps = AmountText(allow_null=True, help_text="The edge less that.")
    winners_curse = serializers.BooleanField(allow_null=True, help_text="Whether less than nothing was kept.")

    class Meta:
        model = Markout
        fields = [
            "id",
            "created_at",
            "provider_id",
            "award_id",
            "settlement_state",
            "minutes",
            "instant",
            "due_at",
            "judged_at",
            "marks_at",
            "marks",
            "notional",
            "edge_bps",
            "adverse_bps",
            "kept_bps",
            "winners_curse",
        ]

    def get_marks(self, markout: Markout) -> dict[str, str] | None:
        """By the instrument's id."""
        shown = AmountText()
        return markout.marks and {str(key): shown.to_representation(price) for key, price in markout.marks.items()}
