"""Takes of a Dutch auction in JSON, and the quote of what one would get."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.models import Take
from auctions.models.auctions import MAX_CLIENT_BID_ID
from auctions.operations.provider.quote_take import TakeQuote
from backstop.api.parsing import MAX_WHOLE, AmountText, EdgeText, StrictSerializer, TextField, UnitsField
from backstop.api.query_strings import WholeText


class QuoteInput(serializers.Serializer[Any]):
    units = WholeText(
        min_value=1, max_value=MAX_WHOLE, required=False, help_text="All that is left, where it is left out."
    )


class SizesOutput(serializers.Serializer[Any]):
    """From `first` to `last` units, both included."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()


class InstantOutput(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    edge_bps = EdgeText()


class QuoteOutput(serializers.Serializer[Any]):
    """At the marks of `at`. `units` is what a take of as many as you asked for would get; it needs `margin_needed`.

    `access_from` is when your own time begins. `schedule` has the knots ahead of a PIECEWISE curve, of other curves
    the next steps or seconds, up to the cap or the close.
    """

    at = serializers.DateTimeField()
    book_version = serializers.IntegerField()
    units = serializers.IntegerField()
    units_left = serializers.IntegerField()
    valid_sizes = serializers.SerializerMethodField()
    edge_bps = EdgeText()
    margin_needed = AmountText()
    margin_free = AmountText()
    access = serializers.BooleanField()
    access_from = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    schedule = serializers.SerializerMethodField()

    @extend_schema_field(SizesOutput(many=True))
    def get_valid_sizes(self, quote: TakeQuote) -> Any:
        return SizesOutput([{"first": first, "last": last} for first, last in quote.valid_sizes], many=True).data

    @extend_schema_field(InstantOutput(many=True))
    def get_schedule(self, quote: TakeQuote) -> Any:
        return InstantOutput([{"at": at, "edge_bps": edge} for at, edge in quote.schedule], many=True).data


class TakeInput(StrictSerializer):
    """Up to `units`, at the edge of this instant. What else is sent guards you: it is refused where the edge is below
    `edge_floor_bps`, fewer than `min_units` can be taken, or the book is no longer of `book_version`.

    You get the largest valid size within `units`: from the auction's `min_take_units` to what leaves as many, or all.
    """

    client_bid_id = TextField(max_length=MAX_CLIENT_BID_ID)
    units = UnitsField()
    min_units = UnitsField(required=False)
    edge_floor_bps = EdgeText(required=False)
    book_version = UnitsField(required=False)


class TakeConflict(serializers.Serializer[Any]):
    """With `take_too_early` it says from when on you may."""

    access_from = serializers.DateTimeField(required=False)


class TakeOutput(serializers.ModelSerializer[Take]):
    auction_id = serializers.UUIDField()
    drill = serializers.BooleanField(source="auction.step.lot.book.is_drill")
    edge_floor_bps = EdgeText(allow_null=True)
    book_version = serializers.IntegerField(allow_null=True)
    edge_bps = EdgeText()

    class Meta:
        model = Take
        fields = [
            "id",
            "created_at",
            "auction_id",
            "drill",
            "client_bid_id",
            "max_units",
            "min_units",
            "edge_floor_bps",
            "book_version",
            "units",
            "edge_bps",
        ]
