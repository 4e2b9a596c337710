"""Books in JSON, as their venue sends and sees them: providers are never shown any of this."""

from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auctions.api.serializers.settlements import SettlementStateField
from auctions.desks.drafts import BookOrder, PositionOrder
from auctions.lifecycle import BookState, StepKind
from auctions.models import Award, Book, Cap, KeptPosition, Lot, Position, Settlement, Side, Step
from backstop.api.parsing import AmountText, ChoiceText, EdgeText, StrictSerializer, TextField, WholeField
from backstop.values.amounts import ZERO

MAX_BOOKS = 1000
MAX_POSITIONS = 1000

Order = TypeVar("Order", bound=BookOrder)


class PositionInput(StrictSerializer):
    """Spot is long and has no entry price."""

    instrument = TextField(max_length=64)
    side = ChoiceText(Side.choices)
    quantity = AmountText(positive=True)
    entry_price = AmountText(positive=True, required=False, allow_null=True)
    accrued = AmountText(default=ZERO, help_text="Funding that the account is still owed, or below zero owes.")


class BookInput(StrictSerializer):
    """One liquidated account. `reference` is the venue's own: it is taken in once."""

    reference = TextField(max_length=128)
    account = TextField(max_length=128, allow_blank=True, default="")
    owner_group = TextField(
        max_length=200, allow_blank=True, default="", help_text="The group of providers that owns the account, if any."
    )
    cash = AmountText(default=ZERO, help_text="Below zero: what the account borrowed.")
    target_margin_ratio = AmountText(
        positive=True,
        required=False,
        allow_null=True,
        default=None,
        help_text="Sell only what brings equity to this multiple of the margin requirement; null: the whole book.",
    )
    positions = PositionInput(many=True, allow_empty=False, max_length=MAX_POSITIONS)  # type: ignore[call-arg]


class BooksInput(StrictSerializer):
    books = BookInput(many=True, allow_empty=False, max_length=MAX_BOOKS)  # type: ignore[call-arg]


class AmendmentInput(BookInput):
    """The whole book as it is now: what is not said again is gone. Its reference stays."""

    expected_version = WholeField(minimum=1, help_text="The version that this takes the place of.")


def order_of(sent: dict[str, Any], kind: type[Order]) -> Order:
    """The order that validated data stands for, for real or as a drill."""
    positions = tuple(PositionOrder(**position) for position in sent["positions"])
    return kind(**{**sent, "positions": positions})


class KeptPositionOutput(serializers.ModelSerializer[KeptPosition]):
    instrument = serializers.CharField(source="instrument.symbol")
    side = serializers.ChoiceField(Side.choices)
    quantity = AmountText()
    entry_price = AmountText(allow_null=True)
    accrued = AmountText()
    mark_price = AmountText()
    notional = AmountText()

    class Meta:
        model = KeptPosition
        fields = ["instrument", "side", "quantity", "entry_price", "accrued", "mark_price", "notional"]


class KeptOutput(serializers.Serializer[Any]):
    """What stays with the account, at the marks of the intake; cash below zero is what it still owes."""

    cash = AmountText(source="kept_cash")
    equity = AmountText(source="kept_equity")
    positions = KeptPositionOutput(source="kept_positions", many=True)


class BookOutput(serializers.ModelSerializer[Book]):
    """`equity` and `notional` are at the marks of the intake, or of the last amendment; `fee` and `residual` are known
    once it is closed. Until `cure_ends_at` nothing of it is assigned.

    Where only a part is sold, `kept` is the rest, and all else is about the part: `cash` is what goes along with it,
    and a residual below zero is what the account has to make good of a loss that the part's money did not bear.
    """

    state = serializers.ChoiceField(BookState.choices)
    drill = serializers.BooleanField(source="is_drill")
    asset = serializers.CharField(source="asset.code")
    playbook_version = serializers.IntegerField(source="playbook.version")
    owner_group = serializers.CharField(source="owner_group.name", default=None, allow_null=True)
    loss_event_id = serializers.UUIDField(allow_null=True)
    cure_ends_at = serializers.DateTimeField()
    target_margin_ratio = AmountText(allow_null=True)
    kept = serializers.SerializerMethodField()
    cash = AmountText()
    equity = AmountText()
    notional = AmountText()
    fee = AmountText()
    residual = AmountText()

    class Meta:
        model = Book
        fields = [
            "id",
            "reference",
            "account",
            "owner_group",
            "state",
            "drill",
            "asset",
            "playbook_version",
            "loss_event_id",
            "version",
            "received_at",
            "cure_ends_at",
            "amended_at",
            "routed_at",
            "closed_at",
            "withdrawn_at",
            "withdrawal_reason",
            "target_margin_ratio",
            "kept",
            "cash",
            "equity",
            "notional",
            "fee",
            "residual",
        ]

    @extend_schema_field(KeptOutput(allow_null=True))
    def get_kept(self, book: Book) -> Any:
        return KeptOutput(book).data if book.kept_positions.all() else None


class ForeseenMarketOutput(serializers.Serializer[Any]):
    """What the book has of a product group, and whether its market would take that."""

    product_group = serializers.CharField()
    notional = AmountText()
    depth = AmountText(allow_null=True, help_text="As it was reported last; null: not of late.")
    takes = serializers.BooleanField(
        allow_null=True, help_text="Whether the depth is at least as much as the notional; null: it is not known."
    )


class ForeseenLotOutput(serializers.Serializer[Any]):
    """A lot, and what commitments would take of it if they took now."""

    units = serializers.IntegerField()
    notional = AmountText()
    first_step = serializers.ChoiceField(StepKind.choices)
    committed_units = serializers.IntegerField()
    edge_bps = EdgeText(allow_null=True, help_text="What they would all be paid; null: they take none.")


class ForeseenOutput(serializers.Serializer[Any]):
    """What would become of a book if it came now, as far as it is known before anybody bids."""

    markets = ForeseenMarketOutput(many=True)
    lots = ForeseenLotOutput(many=True)


class ReceivedBookOutput(BookOutput):
    """A book that was handed in. `foreseen` is what a dry run tells besides: null otherwise, where more books are sent
    than it tells of, of one that is routed already, and in an outage."""

    foreseen = ForeseenOutput(allow_null=True)

    class Meta(BookOutput.Meta):
        fields = [*BookOutput.Meta.fields, "foreseen"]


class BooksOutput(serializers.Serializer[Any]):
    books = ReceivedBookOutput(many=True)


class PositionOutput(serializers.ModelSerializer[Position]):
    """`lot` is the ordinal of the lot that it went into, null until the book is routed.

    A position whose lot is cut for its size stands here once for each of the lots, with what of it is in there.
    """

    instrument = serializers.CharField(source="instrument.symbol")
    side = serializers.ChoiceField(Side.choices)
    lot = serializers.IntegerField(source="lot.ordinal", default=None, allow_null=True)
    quantity = AmountText()
    entry_price = AmountText(allow_null=True)
    accrued = AmountText()
    mark_price = AmountText()
    notional = AmountText()

    class Meta:
        model = Position
        fields = [
            "book_version",
            "instrument",
            "side",
            "lot",
            "quantity",
            "entry_price",
            "accrued",
            "mark_price",
            "notional",
        ]


class AwardSettlementOutput(serializers.ModelSerializer[Settlement]):
    """How far the settlement of an award is."""

    state = SettlementStateField()
    fault = serializers.CharField()

    class Meta:
        model = Settlement
        fields = ["id", "state", "confirm_by", "sequence", "reason", "fault", "settled_at"]


class BookAwardOutput(serializers.ModelSerializer[Award]):
    """The edge is paid out of the account's own money (`equity_part`) and by the fund (`fund_part`)."""

    provider_id = serializers.UUIDField(allow_null=True)
    provider = serializers.CharField(source="provider.name", default=None, allow_null=True)
    edge_bps = EdgeText()
    notional = AmountText()
    equity_part = AmountText()
    fund_part = AmountText()
    settlement = AwardSettlementOutput()

    class Meta:
        model = Award
        fields = [
            "id",
            "created_at",
            "beneficiary",
            "provider_id",
            "provider",
            "first_unit",
            "units",
            "edge_bps",
            "notional",
            "equity_part",
            "fund_part",
            "settlement",
        ]


class NotionalCapOutput(serializers.ModelSerializer[Cap]):
    """A cap of the venue, or of one of its product groups, on the notional in auctions at once."""

    product_group = serializers.CharField(source="product_group.code", default=None, allow_null=True)
    limit = AmountText()
    outstanding = AmountText()

    class Meta:
        model = Cap
        fields = ["product_group", "limit", "outstanding"]


class StepOutput(serializers.ModelSerializer[Step]):
    """One stage, in one of the lot's rounds: what came in, what was placed, at what worst edge, and by which awards.

    A step that is READY since `queued_at` waits until `waits_for` has room for it, at the latest until `due_at`: then
    its units go on to the next stage.
    """

    auction_id = serializers.UUIDField(source="auction.id", default=None, allow_null=True)
    worst_edge_bps = EdgeText(allow_null=True)
    waits_for = NotionalCapOutput(allow_null=True)
    awards = BookAwardOutput(many=True)

    class Meta:
        model = Step
        fields = [
            "id",
            "round",
            "kind",
            "state",
            "due_at",
            "queued_at",
            "waits_for",
            "ended_at",
            "units_in",
            "units_placed",
            "worst_edge_bps",
            "auction_id",
            "awards",
        ]


class BudgetOutput(serializers.Serializer[Any]):
    """What is left to spend on edges: the account's own money, and what the fund may pay of what is free in it."""

    equity = AmountText(source="equity_budget")
    fund = AmountText(source="wished")


class LotOutput(serializers.ModelSerializer[Lot]):
    product_group = serializers.CharField(source="product_group.code", default=None, allow_null=True)
    notional = AmountText()
    budget = BudgetOutput(source="*")
    steps = StepOutput(many=True)

    class Meta:
        model = Lot
        fields = ["id", "book_version", "ordinal", "product_group", "units", "notional", "budget", "ended_at", "steps"]


class BookDetailOutput(BookOutput):
    """A book with all that became of it. `earlier_positions` are those of versions that were amended since."""

    positions = PositionOutput(many=True)
    earlier_positions = PositionOutput(many=True)
    lots = LotOutput(many=True)

    class Meta(BookOutput.Meta):
        fields = [*BookOutput.Meta.fields, "positions", "earlier_positions", "lots"]
