"""What a venue's desk sets, in JSON: caps, playbooks, and sales of what the fund holds."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.models import Book, Cap, Playbook
from auctions.rules.presets import Preset
from auctions.rules.refusals import AuctionRefusal
from backstop.api.parsing import AmountText, ChoiceText, EdgeText, StrictSerializer, TextField, WholeField, reader_of
from backstop.models.base import MAX_REASON, AmountField, EdgeField, FrozenArrayField, FrozenJSONField
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


def _parameter_of(field: Any) -> serializers.Field[Any, Any, Any, Any]:
    """How a parameter is sent: decimals as text, whole numbers as such."""
    options = {"required": False, "allow_null": field.null, "help_text": str(field.help_text)}
    if field.choices:
        return ChoiceText(field.choices, **options)
    if isinstance(field, EdgeField):
        return EdgeText(**options)
    if isinstance(field, AmountField):
        return AmountText(**options)
    if isinstance(field, FrozenArrayField):
        return serializers.ListField(child=EdgeText(), **options)
    if isinstance(field, FrozenJSONField):
        return serializers.DictField(**options)
    least = max(each.limit_value for each in field.validators if isinstance(each, MinValueValidator))
    most = min(each.limit_value for each in field.validators if isinstance(each, MaxValueValidator))
    return WholeField(minimum=least, maximum=most, **options)


class ParametersInput(StrictSerializer):
    """Parameters by name; what is not named stays."""

    unknown = AuctionRefusal.PARAMETER_UNKNOWN

    def get_fields(self) -> Any:
        return {name: _parameter_of(Playbook._meta.get_field(name)) for name in PARAMETERS}


class ParametersOutput(ParametersInput):
    """Every parameter by name."""


@extend_schema_field(ParametersInput)
class ParametersField(serializers.DictField):
    pass


class PlaybookInput(StrictSerializer):
    preset = ChoiceText(
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
        """As they were sent: what waits for a second person is kept in JSON."""
        reader_of(ParametersInput).run_validation(sent)
        return sent


class PlaybookOutput(serializers.ModelSerializer[Playbook]):
    parameters = serializers.SerializerMethodField()

    class Meta:
        model = Playbook
        fields = ["id", "created_at", "version", "parameters"]

    @extend_schema_field(ParametersOutput)
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
