"""Loss plans in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from accounts.models import LossPlan
from accounts.models.loss_plans import plan_of
from accounts.rules.sharing.plans import BEFORE_LOSSES, PLANNED, LayerKind, PlannedLayer, planned_by_default
from accounts.rules.sharing.positions import Method
from backstop.api.parsing import AmountText, ChoiceText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON

NO_LIMIT = "Null, or left out: no limit."


class LayerInput(StrictSerializer):
    kind = ChoiceText([(kind.value, kind.value) for kind in PLANNED])
    per_event = AmountText(not_negative=True, allow_null=True, required=False, help_text=NO_LIMIT)
    per_24h = AmountText(not_negative=True, allow_null=True, required=False, help_text=NO_LIMIT)
    target = AmountText(positive=True, allow_null=True, required=False, help_text="Null, or left out: none.")

    method = ChoiceText(
        [(each.value, each.value) for each in Method],
        allow_null=True,
        required=False,
        help_text="Of LOSS_ALLOCATION alone. Null, or left out: PRO_RATA.",
    )

    def validate(self, attrs: Mapping[str, Any]) -> PlannedLayer:
        default = planned_by_default(LayerKind(attrs["kind"]))
        method = Method(attrs["method"]) if attrs.get("method") else default.method
        limits = attrs.get("per_event"), attrs.get("per_24h")
        return PlannedLayer(default.kind, *limits, attrs.get("target"), method)


class LossPlanInput(StrictSerializer):
    layers = LayerInput(
        many=True, help_text="In order of rank: the first tranche, the fund, and then any of the others."
    )
    reason = TextField(max_length=MAX_REASON)


class LayerOutput(serializers.Serializer[Any]):
    """One layer: whose money, and what of it at most for one event and for the events of 24 hours."""

    rank = serializers.IntegerField()
    kind = serializers.ChoiceField([(kind.value, kind.value) for kind in (*BEFORE_LOSSES, *PLANNED)])
    per_event = AmountText(allow_null=True)
    per_24h = AmountText(allow_null=True)
    target = AmountText(allow_null=True)
    method = serializers.ChoiceField([(each.value, each.value) for each in Method], allow_null=True)


class LossPlanOutput(serializers.Serializer[Any]):
    """Version 0 is that of every venue that set none. What comes before the first tranche is used before a loss is
    counted."""

    version = serializers.IntegerField()
    set_at = serializers.DateTimeField(allow_null=True)
    layers = LayerOutput(many=True)


def layers_of(planned: Sequence[PlannedLayer]) -> list[dict[str, Any]]:
    """All layers by rank, those too that come before a loss is counted: what `LayerOutput` shows."""
    layers = (*map(PlannedLayer, BEFORE_LOSSES), *planned)
    return [
        {
            "rank": rank,
            "kind": layer.kind.value,
            "per_event": layer.per_event,
            "per_24h": layer.per_24h,
            "target": layer.target,
            "method": layer.method and layer.method.value,
        }
        for rank, layer in enumerate(layers, 1)
    ]


def shown_plan(row: LossPlan | None) -> Any:
    """A version as it is answered."""
    plan = plan_of(row)
    said = {"version": plan.version, "set_at": plan.set_at, "layers": layers_of(plan.layers)}
    return dict(LossPlanOutput(said).data)
