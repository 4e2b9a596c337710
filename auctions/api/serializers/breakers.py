"""Circuit breakers and restarts in JSON."""

from typing import Any

from rest_framework import serializers

from auctions.lifecycle import AuctionState
from auctions.models import Auction, Breaker
from auctions.rules.breaker import Level
from backstop.api.parsing import IdField, StrictSerializer, TextField, WholeField
from backstop.models.base import MAX_REASON


class BreakerInput(StrictSerializer):
    """For the whole venue, unless `product_group` (its code) or `auction_id` is named."""

    product_group = TextField(max_length=64, required=False, allow_null=True)
    auction_id = IdField(required=False, allow_null=True)
    level = WholeField(
        maximum=max(Level).value,
        help_text="0 all goes on, 1 no new auctions, 2 also no reopening or restart, 3 no bids, takes or closes.",
    )
    reason = TextField(max_length=MAX_REASON, help_text="The providers can read it.")


class BreakerOutput(serializers.ModelSerializer[Breaker]):
    product_group = serializers.CharField(source="product_group.code", allow_null=True, default=None)
    auction_id = serializers.UUIDField(allow_null=True)
    level = serializers.IntegerField()

    class Meta:
        model = Breaker
        fields = ["id", "created_at", "product_group", "auction_id", "level", "reason", "who", "tripped_at"]


class RestartedOutput(serializers.ModelSerializer[Auction]):
    state = serializers.ChoiceField(AuctionState.choices)
    marks: Any = serializers.DictField(child=serializers.CharField(), help_text="The new marks, by instrument id.")

    class Meta:
        model = Auction
        fields = ["id", "state", "restarts", "opens_at", "closes_at", "marks"]
