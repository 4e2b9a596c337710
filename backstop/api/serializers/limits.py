"""How often a key may ask, in JSON."""

from math import floor
from typing import Any

from rest_framework import serializers

from backstop.metering import Allowance


class BucketOutput(serializers.Serializer[Allowance]):
    """`most` tokens at once, and `per_second` from then on."""

    bucket = serializers.CharField(source="rate.name")
    most = serializers.IntegerField(source="rate.most")
    per_second = serializers.FloatField(source="rate.per_second")
    left = serializers.SerializerMethodField(help_text="Whole tokens that you may spend now, this request counted.")

    def get_left(self, allowance: Allowance) -> int:
        return floor(allowance.left)


class CostOutput(serializers.Serializer[Any]):
    """A request takes `cost` tokens of `bucket`. With an Idempotency-Key it takes one more, of `answers` or, where it
    takes something back, of `answers_of_cancels`. Bids in several auctions by one request take `cost` for
    each auction."""

    method = serializers.CharField()
    path = serializers.CharField()
    bucket = serializers.CharField()
    cost = serializers.IntegerField()


class LimitsOfKeyOutput(serializers.Serializer[Any]):
    buckets = BucketOutput(many=True)
    costs = CostOutput(many=True)
