"""Commitments, their terms and what is left of them in JSON, and what may be sent about them."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms
from accounts.models.commitments import Sides
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import Window
from backstop.api.parsing import AmountField, EdgeField, StrictSerializer, TextField, WholeField, invalid
from backstop.values.periods import Calendar


class TermsInput(StrictSerializer):
    """What is left out is left as it is, or to the wider commitment; null leaves it to the wider one again."""

    sides = serializers.ChoiceField(Sides.choices, required=False, allow_null=True)
    min_edge_bps = EdgeField(required=False, allow_null=True)
    cap_per_assignment = AmountField(not_negative=True, required=False, allow_null=True)
    cap_held = AmountField(not_negative=True, required=False, allow_null=True)
    window_capacity = AmountField(not_negative=True, required=False, allow_null=True)
    window_seconds = WholeField(minimum=1, required=False, allow_null=True)
    calendar = serializers.ChoiceField([day.value for day in Calendar], required=False, allow_null=True)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("window_capacity") is None) != (attrs.get("window_seconds") is None):
            missing = "window_seconds" if attrs.get("window_seconds") is None else "window_capacity"
            raise invalid(AccountRefusal.WINDOW_PARTIAL, field=missing)
        return attrs


class CommitmentInput(TermsInput):
    """A standing bid for a product group, an instrument, or without either for the whole venue."""

    product_group = TextField(max_length=64, required=False, allow_null=True)
    instrument = TextField(max_length=64, required=False, allow_null=True)


def terms_sent(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `accounts.rules.terms.Terms` among validated data, a window as one."""
    names: list[str] = list(TermsInput().get_fields())
    sent = {name: data[name] for name in names if name in data}
    if "window_seconds" in sent:
        capacity, seconds = sent.pop("window_capacity"), sent.pop("window_seconds")
        sent["window"] = None if capacity is None else Window(capacity, seconds)
    if sent.get("calendar") is not None:
        sent["calendar"] = Calendar(sent["calendar"])
    return sent


class TermsOutput(serializers.ModelSerializer[CommitmentTerms]):
    """Null is left to the provider's wider commitment."""

    sides = serializers.SerializerMethodField()
    min_edge_bps = EdgeField(allow_null=True)
    cap_per_assignment = AmountField(allow_null=True)
    cap_held = AmountField(allow_null=True)
    window_capacity = AmountField(allow_null=True)
    calendar = serializers.SerializerMethodField()

    class Meta:
        model = CommitmentTerms
        fields = [
            "effective_at",
            "sides",
            "min_edge_bps",
            "cap_per_assignment",
            "cap_held",
            "window_capacity",
            "window_seconds",
            "calendar",
            "starts_at",
            "ends_at",
        ]

    def get_sides(self, terms: CommitmentTerms) -> str | None:
        return terms.sides or None

    def get_calendar(self, terms: CommitmentTerms) -> str | None:
        return terms.calendar or None


class CommitmentOutput(serializers.ModelSerializer[Commitment]):
    """`terms` are in force; `announced` ones will be, each from its `effective_at`."""

    product_group = serializers.CharField(source="product_group.code", default=None, allow_null=True)
    instrument = serializers.CharField(source="instrument.symbol", default=None, allow_null=True)
    state = serializers.ChoiceField(CommitmentState.choices)
    terms = serializers.SerializerMethodField()
    announced = serializers.SerializerMethodField()

    class Meta:
        model = Commitment
        fields = [
            "id",
            "created_at",
            "product_group",
            "instrument",
            "state",
            "state_reason",
            "active_at",
            "terms",
            "announced",
        ]

    @extend_schema_field(TermsOutput)
    def get_terms(self, commitment: Any) -> Any:
        return TermsOutput(commitment.current_terms[0]).data

    @extend_schema_field(TermsOutput(many=True))
    def get_announced(self, commitment: Any) -> Any:
        return TermsOutput(commitment.current_terms[1:], many=True).data


class CapOutput(serializers.Serializer[Any]):
    """A cap of the commitment `commitment_id`, or with null the provider's free collateral."""

    cap = serializers.CharField(source="name")
    commitment_id = serializers.UUIDField(allow_null=True)
    limit = AmountField()
    used = AmountField()
    remaining = AmountField()
    binds = serializers.BooleanField()
    window_starts_at = serializers.DateTimeField(source="window.starts_at", default=None, allow_null=True)
    window_ends_at = serializers.DateTimeField(source="window.ends_at", default=None, allow_null=True)


class AssetCapacityOutput(serializers.Serializer[Any]):
    """Null remains where no cap limits it, nothing where there is a reason against it."""

    asset = serializers.CharField()
    remaining = AmountField(allow_null=True)
    min_edge_bps = EdgeField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    caps = CapOutput(many=True)


class CapacityOutput(serializers.Serializer[Any]):
    """What is left of a commitment for a book that is received at `as_of`."""

    commitment_id = serializers.UUIDField()
    as_of = serializers.DateTimeField()
    assets = AssetCapacityOutput(many=True)
