"""What is taken back at once or after a silence, in JSON."""

from typing import Any

from rest_framework import serializers

from backstop.api.parsing import StrictSerializer, WholeField

LONGEST_SECONDS = 86_400


class SwitchInput(StrictSerializer):
    seconds = WholeField(
        minimum=0,
        maximum=LONGEST_SECONDS,
        help_text="How long you may be silent from now on; 0 ends it. Ask again well before that, say after a third.",
    )


class SwitchOutput(serializers.Serializer[Any]):
    heard_at = serializers.DateTimeField(help_text="When this call was heard, by the venue's clock.")
    cancels_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When your bids are taken back unless you call again before; null: not at all. Time in which the "
        "market stood still comes on top.",
    )


class CancelledBidOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    auction_id = serializers.UUIDField()
    drill = serializers.BooleanField(source="auction.step.lot.book.is_drill")
    client_bid_id = serializers.CharField()


class CancelledOutput(serializers.Serializer[Any]):
    """`cancelled` were taken back by this call; so many others stand."""

    cancelled = CancelledBidOutput(source="bids", many=True)
    bids_standing = serializers.IntegerField(help_text="Live bids that are firm, or whose window is over.")
    readiness_standing = serializers.IntegerField(help_text="Words of readiness, which cannot be taken back.")
    cut_bids_standing = serializers.IntegerField(help_text="What was cut back of bids and stays firm.")
