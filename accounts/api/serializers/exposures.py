"""Exposures and their limits in JSON. Amounts are in units of the asset."""

from typing import Any

from rest_framework import serializers

from accounts.models import ExposureLimit
from backstop.api.parsing import AmountText, StrictSerializer, TextField, WholeField
from backstop.models.base import MAX_REASON


class ExposureInput(StrictSerializer):
    asset = TextField(max_length=32)
    equity = AmountText(help_text="Below zero: under water.")
    requirement = AmountText(help_text="The margin that it needs at the venue.")
    included_sequence = WholeField(
        maximum=2**63 - 1,
        help_text="The last settlement of this provider that the report includes: its `sequence`; 0 before the first.",
    )


class GroupExposureOutput(serializers.Serializer[Any]):
    """`product_group` by code; notionals at marks, of what was ever marked."""

    product_group = serializers.CharField()
    gross = AmountText()
    net = AmountText(help_text="Long above zero, short below.")


class ExposureOutput(serializers.Serializer[Any]):
    """`reported_at` null: the venue does not say, or not any more, and `equity` is the margin that was delivered and
    the profit of what is held since the marks of its awards, against no requirement."""

    asset = serializers.CharField()
    equity = AmountText()
    requirement = AmountText()
    reported_at = serializers.DateTimeField(allow_null=True)
    included_sequence = serializers.IntegerField(allow_null=True)
    holdings = GroupExposureOutput(many=True)


class LimitsInput(StrictSerializer):
    asset = TextField(max_length=32)
    gross_limit = AmountText(allow_null=True, help_text="The most notional held, at marks; null: no limit.")
    net_limit = AmountText(allow_null=True, help_text="The same, net by provider and product group.")
    reason = TextField(max_length=MAX_REASON)


class LimitsOutput(serializers.ModelSerializer[ExposureLimit]):
    group_id = serializers.UUIDField()
    asset = serializers.CharField(source="asset.code")
    gross_limit = AmountText(allow_null=True)
    net_limit = AmountText(allow_null=True)

    class Meta:
        model = ExposureLimit
        fields = ["id", "created_at", "group_id", "asset", "gross_limit", "net_limit"]
