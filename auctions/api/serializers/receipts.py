"""Receipts in JSON, as the answer to bids has them; see auctions.rules.receipts."""

from typing import Any

from rest_framework import serializers

from auctions.api.serializers.bids import BidOutput, PlacedListOutput, WarningOutput


class PromisedOutput(serializers.Serializer[Any]):
    """A bid that will stand in its auction's transcript, and its inclusion path (RFC 6962) under the receipt's root."""

    auction_id = serializers.UUIDField()
    received_at = serializers.DateTimeField(
        help_text="In UTC, with six decimals of the second: an auction's bids stand in this order."
    )
    digest = serializers.CharField()
    index = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class ReceiptOutput(serializers.Serializer[Any]):
    """A signed promise (Ed25519) for all bids that one call placed. Keep it for `manage.py verify`."""

    bids = PromisedOutput(many=True)
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    public_key = serializers.CharField()
    signature = serializers.CharField()


class PlacedBidOutput(BidOutput):
    receipt = ReceiptOutput(allow_null=True)
    warning = WarningOutput(allow_null=True)

    class Meta(BidOutput.Meta):
        fields = [*BidOutput.Meta.fields, "receipt", "warning"]


class PlacedBidsOutput(PlacedListOutput):
    receipt = ReceiptOutput(allow_null=True, help_text="None where no bid was placed.")
