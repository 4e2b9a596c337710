"""Loss events in JSON: what they cost, who paid, who was obliged, what came back."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers.collateral import MoneyInput
from accounts.api.serializers.loss_plans import LayerOutput, layers_of
from accounts.lifecycle import LossEventState
from accounts.models import (
    AddendKind,
    LossAddend,
    LossEvent,
    LossEventKind,
    LossPayment,
    LossRecovery,
    LossReturn,
    Obligation,
)
from accounts.rules.sharing.plans import PAYING
from accounts.rules.sharing.quality import Quality
from backstop.api.parsing import AmountText, TextField
from backstop.models.base import MAX_REASON
from backstop.values.amounts import difference

LAYERS = [(kind.value, kind.value) for kind in PAYING]


class LossCostOutput(serializers.Serializer[Any]):
    """What a loss event cost in an asset."""

    asset = serializers.CharField()
    amount = AmountText()
    owed = AmountText()


class LossSumOutput(serializers.Serializer[Any]):
    """What a layer paid in an asset, or has back, in all."""

    asset = serializers.CharField()
    layer = serializers.ChoiceField(LAYERS)
    amount = AmountText()


class LossEventOutput(serializers.ModelSerializer[LossEvent]):
    """`groups` are its cluster as it opened, `cluster` the first of them; null where the `account` (or nothing) says
    whose failure it is. Books join until `takes_until`; it is final at `final_by` at the latest. What it costs is paid
    by its `layers`, in order."""

    kind: Any = serializers.ChoiceField(LossEventKind.choices)
    state: Any = serializers.ChoiceField(LossEventState.choices)
    cluster = serializers.UUIDField(source="cluster_id", allow_null=True)
    groups = serializers.ListField(child=serializers.UUIDField())
    book_count = serializers.IntegerField()
    plan_version = serializers.IntegerField(source="planned.version")
    layers = serializers.SerializerMethodField()
    costs = serializers.SerializerMethodField()
    paid = LossSumOutput(many=True)
    returned = LossSumOutput(many=True)

    class Meta:
        model = LossEvent
        fields = [
            "id",
            "created_at",
            "kind",
            "state",
            "cluster",
            "groups",
            "account",
            "opened_at",
            "hours_clause_seconds",
            "takes_until",
            "final_by",
            "counting_at",
            "final_at",
            "book_count",
            "plan_version",
            "layers",
            "costs",
            "paid",
            "returned",
        ]

    @extend_schema_field(LayerOutput(many=True))
    def get_layers(self, event: LossEvent) -> Any:
        return LayerOutput(layers_of(event.planned.layers), many=True).data

    @extend_schema_field(LossCostOutput(many=True))
    def get_costs(self, event: Any) -> Any:
        paid: defaultdict[str, list[Decimal]] = defaultdict(list)
        for each in event.paid:
            paid[each["asset"]].append(each["amount"])
        costs = [{**cost, "owed": difference(cost["amount"], *paid[cost["asset"]])} for cost in event.costs]
        return LossCostOutput(costs, many=True).data


class LossAddendOutput(serializers.ModelSerializer[LossAddend]):
    """What the event cost more: by a book, as it closed, or by what the fund took over of all of them."""

    kind: Any = serializers.ChoiceField(AddendKind.choices)
    subject_id: Any = serializers.UUIDField()
    asset = serializers.CharField(source="asset.code")
    amount = AmountText()
    advances = AmountText()
    owed = AmountText()

    class Meta:
        model = LossAddend
        fields = ["id", "created_at", "kind", "subject_id", "asset", "amount", "advances", "owed"]


class LossPaymentOutput(serializers.ModelSerializer[LossPayment]):
    """Who paid how much of an addend; `provider_id` where it is a provider's money."""

    addend_id = serializers.UUIDField()
    layer: Any = serializers.ChoiceField(LAYERS)
    provider_id = serializers.UUIDField(allow_null=True)
    claim_id = serializers.UUIDField(allow_null=True)
    asset = serializers.CharField(source="addend.asset.code")
    amount = AmountText()

    class Meta:
        model = LossPayment
        fields = ["id", "created_at", "addend_id", "layer", "provider_id", "claim_id", "asset", "amount"]


class ObligationOutput(serializers.ModelSerializer[Obligation]):
    """A provider that had contributed as the event opened: by so much it pays what is left at its end, the earlier the
    worse it bid."""

    provider_id = serializers.UUIDField()
    loss_event_id = serializers.UUIDField()
    asset = serializers.CharField(source="asset.code")
    contribution = AmountText()
    quality: Any = serializers.ChoiceField([(each.value, each.value) for each in Quality])

    class Meta:
        model = Obligation
        fields = ["id", "created_at", "provider_id", "loss_event_id", "asset", "contribution", "quality"]


class LossRecoveryInput(MoneyInput):
    amount = AmountText(positive=True)
    reason = TextField(max_length=MAX_REASON)


class LossRecoveryOutput(serializers.ModelSerializer[LossRecovery]):
    """What came back: who paid last is made whole first."""

    assessment_id = serializers.UUIDField(allow_null=True)
    asset = serializers.CharField(source="asset.code")
    amount = AmountText()

    class Meta:
        model = LossRecovery
        fields = ["id", "created_at", "assessment_id", "asset", "amount", "reference", "reason"]


class LossReturnOutput(serializers.ModelSerializer[LossReturn]):
    """Who has back how much of a recovery: `provider_id` where it is a provider, `fill_id` where it is an account of
    the venue that gave so much."""

    recovery_id = serializers.UUIDField()
    layer: Any = serializers.ChoiceField(LAYERS)
    provider_id = serializers.UUIDField(allow_null=True)
    fill_id = serializers.UUIDField(allow_null=True)
    asset = serializers.CharField(source="recovery.asset.code")
    amount = AmountText()

    class Meta:
        model = LossReturn
        fields = ["id", "created_at", "recovery_id", "layer", "provider_id", "fill_id", "asset", "amount"]
