"""Drills in JSON. A venue sees how everybody did, a provider how it did itself."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rules.sharing.quality import Quality
from auctions.api.serializers.books import BookInput, order_of
from auctions.desks.drafts import DrillOrder
from auctions.lifecycle import DrillState
from auctions.models import Drill, DrillRecord
from backstop.api.parsing import AmountText


class DrillInput(BookInput):
    """A book as it would be sent for real. `reference` is the venue's own, and no other book's: it is taken in once."""


def drill_order_of(sent: dict[str, Any]) -> DrillOrder:
    """The drill that validated data stands for."""
    return order_of(sent, DrillOrder)


class DrillRecordOutput(serializers.ModelSerializer[DrillRecord]):
    """How a provider that was invited did. The `quality` is null until the drill is over."""

    provider_id = serializers.UUIDField()
    provider = serializers.CharField(source="provider.name")
    balance = AmountText()
    answer_seconds = AmountText(allow_null=True)
    quality = serializers.SerializerMethodField()

    class Meta:
        model = DrillRecord
        fields = ["provider_id", "provider", "balance", "answered_at", "answer_seconds", "quality"]

    @extend_schema_field(serializers.ChoiceField([each.value for each in Quality], allow_null=True))
    def get_quality(self, record: DrillRecord) -> str | None:
        return record.quality or None


class DrillOutput(serializers.ModelSerializer[Drill]):
    """A drill; `book_id` and `reference` are for the venue: a provider gets null, in `records` its own alone, and
    as `reason` the same whatever it was broken off for."""

    state = serializers.ChoiceField(DrillState.choices)
    asset = serializers.CharField(source="book.asset.code")
    book_id = serializers.SerializerMethodField()
    reference = serializers.SerializerMethodField()
    product_groups = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    ended_at = serializers.DateTimeField(allow_null=True)
    records = DrillRecordOutput(many=True)

    class Meta:
        model = Drill
        fields = [
            "id",
            "created_at",
            "state",
            "asset",
            "book_id",
            "reference",
            "product_groups",
            "opened_at",
            "ended_at",
            "reason",
            "records",
        ]

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_book_id(self, drill: Drill) -> str | None:
        return str(drill.book_id) if self._for_venue() else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_reference(self, drill: Drill) -> str | None:
        return drill.book.reference if self._for_venue() else None

    def get_reason(self, drill: Drill) -> str:
        return drill.reason if self._for_venue() else drill.told_reason

    def get_product_groups(self, drill: Drill) -> list[str]:
        return sorted({each.instrument.product_group.code for each in drill.book.positions.all()})

    def _for_venue(self) -> bool:
        user: Any = self.context["request"].user
        return user.provider is None
