"""Defaults of providers and loss events in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers.collateral import MoneyInput
from accounts.api.serializers.loss_plans import LayerOutput, layers_of
from accounts.lifecycle import DefaultState, LossEventState
from accounts.models import (
    AddendKind,
    Ground,
    LossAddend,
    LossEvent,
    LossEventKind,
    LossRecovery,
    Obligation,
    ProviderDefault,
)
from accounts.rules.sharing.plans import PAYING
from accounts.rules.sharing.quality import Quality
from backstop.api.parsing import AmountText, ChoiceText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON
from backstop.values.amounts import difference, to_text


class DefaultInput(StrictSerializer):
    ground = ChoiceText(Ground.choices)
    reason = TextField(max_length=MAX_REASON, help_text="The provider can read it.")


class DefaultOutput(serializers.ModelSerializer[ProviderDefault]):
    """`confirm_by`: it lapses then; `book_by`: the provider's book comes before, once it is confirmed."""

    provider_id = serializers.UUIDField()
    state: Any = serializers.ChoiceField(DefaultState.choices)
    ground: Any = serializers.ChoiceField(Ground.choices)
    loss_event_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = ProviderDefault
        fields = [
            "id",
            "created_at",
            "provider_id",
            "state",
            "ground",
            "reason",
            "declared_at",
            "confirm_by",
            "confirmed_at",
            "book_by",
            "loss_event_id",
            "lapsed_at",
            "handled_at",
            "closed_at",
        ]


class LossShareOutput(serializers.Serializer[Any]):
    """Who paid how much of an addend, or has how much of a recovery back; `provider_id` where it is a provider's
    money."""

    layer = serializers.ChoiceField([(kind.value, kind.value) for kind in PAYING])
    provider_id = serializers.UUIDField(allow_null=True)
    amount = AmountText()


class LossAddendOutput(serializers.ModelSerializer[LossAddend]):
    """What the event cost more: by a book, as it closed, or by what the fund took over of all of them."""

    kind: Any = serializers.ChoiceField(AddendKind.choices)
    subject_id: Any = serializers.UUIDField()
    asset = serializers.CharField(source="asset.code")
    amount = AmountText()
    advances = AmountText()
    payments = LossShareOutput(many=True)
    owed = serializers.SerializerMethodField()

    class Meta:
        model = LossAddend
        fields = ["created_at", "kind", "subject_id", "asset", "amount", "advances", "payments", "owed"]

    @extend_schema_field(AmountText())
    def get_owed(self, addend: LossAddend) -> str:
        return to_text(difference(addend.amount, *(payment.amount for payment in addend.payments.all())))


class ObligationOutput(serializers.ModelSerializer[Obligation]):
    """A provider that had contributed as the event opened: by so much it pays what is left at its end, the earlier the
    worse it bid."""

    provider_id = serializers.UUIDField()
    asset = serializers.CharField(source="asset.code")
    contribution = AmountText()
    quality: Any = serializers.ChoiceField([(each.value, each.value) for each in Quality])

    class Meta:
        model = Obligation
        fields = ["provider_id", "asset", "contribution", "quality"]


class LossRecoveryInput(MoneyInput):
    amount = AmountText(positive=True)
    reason = TextField(max_length=MAX_REASON)


class LossRecoveryOutput(serializers.ModelSerializer[LossRecovery]):
    """What came back, and to whom: who paid last is made whole first."""

    assessment_id = serializers.UUIDField(allow_null=True)
    asset = serializers.CharField(source="asset.code")
    amount = AmountText()
    returns = LossShareOutput(many=True)

    class Meta:
        model = LossRecovery
        fields = ["id", "created_at", "assessment_id", "asset", "amount", "reference", "reason", "returns"]


class LossEventOutput(serializers.ModelSerializer[LossEvent]):
    """`groups` are its cluster as it opened, `cluster` the first of them; null where the `account` (or nothing) says
    whose failure it is. Books join until `takes_until`; it is final at `final_by` at the latest. Each of its `addends`
    is paid by its `layers`, in order."""

    kind: Any = serializers.ChoiceField(LossEventKind.choices)
    state: Any = serializers.ChoiceField(LossEventState.choices)
    cluster = serializers.UUIDField(source="cluster_id", allow_null=True)
    groups = serializers.ListField(child=serializers.UUIDField())
    books: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    plan_version = serializers.IntegerField(source="planned.version")
    layers = serializers.SerializerMethodField()
    obligations = ObligationOutput(many=True)
    addends = LossAddendOutput(many=True)
    recoveries = LossRecoveryOutput(many=True)

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
            "books",
            "plan_version",
            "layers",
            "obligations",
            "addends",
            "recoveries",
        ]

    @extend_schema_field(LayerOutput(many=True))
    def get_layers(self, event: LossEvent) -> Any:
        return LayerOutput(layers_of(event.planned.layers), many=True).data
