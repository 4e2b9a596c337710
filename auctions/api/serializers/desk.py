"""What a venue's desk sets, in JSON: caps, playbooks, and sales of what the fund holds."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.models import Book, Cap, Playbook
from auctions.rules.presets import Preset
from auctions.rules.refusals import AuctionRefusal
from backstop.api.parsing import AmountText, StrictSerializer, TextField, invalid
from backstop.models.base import MAX_REASON
from backstop.values.documents import plain

PARAMETERS = tuple(Playbook().parameters)


class CapInput(StrictSerializer):
    """For the whole venue, unless `product_group` (its code) is named."""

    product_group = TextField(max_length=64, required=False, allow_null=True, default=None)
    asset = TextField(max_length=32)
    limit = AmountText(not_negative=True, allow_null=True, help_text="Notional in auctions at once; null: no cap.")
    reason = TextField(max_length=MAX_REASON)


class CapOnAuctionsOutput(serializers.ModelSerializer[Cap]):
    product_group = serializers.CharField(source="product_group.code", allow_null=True, default=None)
    asset = serializers.CharField(source="asset.code")
    limit = AmountText()
    outstanding = AmountText(help_text="Notional in auctions now.")

    class Meta:
        model = Cap
        fields = ["id", "created_at", "product_group", "asset", "limit", "outstanding"]


class CapSetOutput(serializers.Serializer[Any]):
    """`cap` is null where there is none any more."""

    cap = CapOnAuctionsOutput(allow_null=True)


@extend_schema_field({"type": "object", "properties": {name: {} for name in PARAMETERS}, "additionalProperties": False})
class ParametersField(serializers.DictField):
    pass


class PlaybookInput(StrictSerializer):
    preset = serializers.ChoiceField(
        [each.value for each in Preset],
        required=False,
        help_text="Parameters that go together, beneath those that are named: PATIENT waits for capital to come back, "
        "FAST is done within half an hour.",
    )
    parameters: Any = ParametersField(
        help_text="By name, as a playbook shows them: numbers with decimals as text. What is not named stays."
    )
    reason = TextField(max_length=MAX_REASON)

    def validate_parameters(self, sent: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(sent.keys() - set(PARAMETERS)):
            raise invalid(AuctionRefusal.PARAMETER_UNKNOWN, message=f"no parameters: {', '.join(unknown)}")
        return sent


class PlaybookOutput(serializers.ModelSerializer[Playbook]):
    parameters = serializers.SerializerMethodField()

    class Meta:
        model = Playbook
        fields = ["id", "created_at", "version", "parameters"]

    def get_parameters(self, playbook: Playbook) -> dict[str, Any]:
        return {name: plain(value) for name, value in playbook.parameters.items()}


class SaleInput(StrictSerializer):
    instrument = TextField(max_length=64)
    reference = TextField(max_length=128, help_text="Of the book that it is sold as.")
    reason = TextField(max_length=MAX_REASON)


class SaleOutput(serializers.ModelSerializer[Book]):
    """The book that the fund owns and sells."""

    class Meta:
        model = Book
        fields = ["id", "created_at", "reference", "state"]
