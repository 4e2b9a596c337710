"""Commitments in JSON, their terms, and what is left of them."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms
from accounts.queries import version_of
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import columns_of, fields_of
from backstop.api.parsing import (
    AmountText,
    ChoiceText,
    EdgeText,
    MomentField,
    StrictSerializer,
    TextField,
    WholeField,
    invalid,
)
from backstop.models import base as rows
from backstop.models.base import MAX_REASON


class TermsInput(StrictSerializer):
    """What is left out is left as it is, or to the wider commitment; null leaves it to the wider one again."""

    def get_fields(self) -> Any:
        columns = CommitmentTerms.columns()
        return {name: _json_of(column, required=False) for name, column in columns.items()} | super().get_fields()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("window_capacity") is None) != (attrs.get("window_seconds") is None):
            missing = "window_seconds" if attrs.get("window_seconds") is None else "window_capacity"
            raise invalid(AccountRefusal.WINDOW_PARTIAL, field=missing)
        return attrs


class CommitmentInput(TermsInput):
    """A standing bid for a product group, an instrument, or without either for the whole venue."""

    product_group = TextField(max_length=64, required=False, allow_null=True)
    instrument = TextField(max_length=64, required=False, allow_null=True)


class ProposalInput(CommitmentInput):
    """As a provider proposes it, and why its venue does."""

    reason = TextField(max_length=MAX_REASON)


def terms_sent(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `accounts.rules.terms.StandingTerms` among validated data, a window as one."""
    return fields_of({name: data[name] for name in CommitmentTerms.columns() if name in data})


class TermsOutput(serializers.Serializer[Any]):
    """Null is left to the provider's wider commitment."""

    effective_at = serializers.DateTimeField()

    def get_fields(self) -> Any:
        return super().get_fields() | {name: _json_of(column) for name, column in CommitmentTerms.columns().items()}

    def to_representation(self, row: Any) -> dict[str, Any]:
        return super().to_representation({"effective_at": row.effective_at, **columns_of(row.terms)})


def _json_of(column: Any, **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    """How a column of a row of terms is written in JSON; a number in it is a cap, or the length of a window."""
    options = {"allow_null": True, "help_text": column.help_text or None, **options}
    match column:
        case rows.EdgeField():
            return EdgeText(**options)
        case rows.AmountField():
            return AmountText(not_negative=True, **options)
        case models.IntegerField():
            return WholeField(minimum=1, **options)
        case models.DateTimeField():
            return MomentField(**options)
    return ChoiceText(column.choices, **options)


class CommitmentOutput(serializers.ModelSerializer[Commitment]):
    """`terms` are in force; `announced` ones will be, each from its `effective_at`. `version` is another whenever
    one of these is."""

    product_group = serializers.CharField(source="product_group.code", default=None, allow_null=True)
    instrument = serializers.CharField(source="instrument.symbol", default=None, allow_null=True)
    state = serializers.ChoiceField(CommitmentState.choices)
    version = serializers.SerializerMethodField(help_text="For `If-Match`, in quotes.")
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
            "version",
            "terms",
            "announced",
        ]

    def get_version(self, commitment: Commitment) -> str:
        return version_of(commitment)

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
    limit = AmountText()
    used = AmountText()
    remaining = AmountText()
    binds = serializers.BooleanField()
    window_starts_at = serializers.DateTimeField(source="window.starts_at", default=None, allow_null=True)
    window_ends_at = serializers.DateTimeField(source="window.ends_at", default=None, allow_null=True)


class ExposureRoomOutput(serializers.Serializer[Any]):
    """What the provider's cluster holds, awards that are not settled included, and has `offered` at the most by its
    live bids and readiness, within the limits that its venue sets. `remaining` is how much more of one instrument it
    may be given, whichever way that points; what lowers both sums may be more. Without `gross` and `net`, and with
    nothing remaining, where something that it holds was never marked."""

    gross = AmountText(source="exposure.gross", default=None, allow_null=True)
    net = AmountText(source="exposure.net", default=None, allow_null=True)
    offered = AmountText()
    gross_limit = AmountText(source="limits.gross", allow_null=True)
    gross_binds = serializers.BooleanField()
    net_limit = AmountText(source="limits.net", allow_null=True)
    net_binds = serializers.BooleanField()
    remaining = AmountText()


class AssetCapacityOutput(serializers.Serializer[Any]):
    """Null remains where no cap and no limit of its venue limits it, nothing where there is a reason against it.
    `exposure` is null where the venue sets no limits."""

    asset = serializers.CharField()
    remaining = AmountText(allow_null=True)
    min_edge_bps = EdgeText(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    caps = CapOutput(many=True)
    exposure = ExposureRoomOutput(allow_null=True)


class CapacityOutput(serializers.Serializer[Any]):
    """What is left of a commitment for a book that is received at `as_of`."""

    commitment_id = serializers.UUIDField()
    as_of = serializers.DateTimeField()
    assets = AssetCapacityOutput(many=True)
