"""The statement of a book in JSON, for the owner of the account that was liquidated: no provider is named in it."""

from typing import Any

from rest_framework import serializers

from accounts.models import Purpose
from auctions.api.serializers.books import KeptOutput, PositionOutput
from auctions.api.serializers.settlements import SettlementStateField
from auctions.desks.statements import EDGES, Statement
from auctions.lifecycle import BookState, StepKind, StepState
from auctions.models import Beneficiary, Side
from backstop.api.parsing import AmountText, EdgeText


class SoldLegOutput(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    side = serializers.ChoiceField(Side.choices)
    quantity = AmountText()
    intake_mark = AmountText(help_text="The reference mark when the book came in, or was last amended.")
    mark = AmountText(help_text="The reference mark that it was sold at.")


class SoldUnitsOutput(serializers.Serializer[Any]):
    """Units of the lot that went to a provider, to the venue's insurance fund, or back to the venue."""

    id = serializers.UUIDField(source="award.id")
    at = serializers.DateTimeField(source="award.created_at")
    beneficiary = serializers.ChoiceField(Beneficiary.choices, source="award.beneficiary")
    state = SettlementStateField()
    settled_at = serializers.DateTimeField(source="award.settlement.settled_at", allow_null=True)
    units = serializers.IntegerField(source="award.units")
    notional = AmountText(source="award.notional", help_text="At the marks that it was sold at.")
    edge_bps = EdgeText(source="award.edge_bps")
    edge = AmountText(allow_null=True, help_text="What was paid for it, below zero received; null until it is settled.")
    drift = AmountText(help_text="What the marks gained from intake until it was sold, rounded down.")
    legs = SoldLegOutput(many=True)


class StatementStepOutput(serializers.Serializer[Any]):
    round = serializers.IntegerField(source="step.round")
    kind = serializers.ChoiceField(StepKind.choices, source="step.kind")
    state = serializers.ChoiceField(StepState.choices, source="step.state")
    began_at = serializers.DateTimeField(source="step.created_at")
    ended_at = serializers.DateTimeField(source="step.ended_at", allow_null=True)
    units_in = serializers.IntegerField(source="step.units_in")
    units_placed = serializers.IntegerField(source="step.units_placed", help_text="Known once the step has ended.")
    sales = SoldUnitsOutput(many=True)


class StatementLotOutput(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(source="lot.ordinal")
    product_group = serializers.CharField(source="lot.product_group.code", default=None, allow_null=True)
    units = serializers.IntegerField(source="lot.units")
    steps = StatementStepOutput(many=True)


class MovementOutput(serializers.Serializer[Any]):
    """One transfer: what it brought into the estate and into the debt, below zero took out."""

    at = serializers.DateTimeField()
    purpose = serializers.ChoiceField(Purpose.choices)
    meaning = serializers.CharField(source="purpose.label")
    sale_id = serializers.UUIDField(allow_null=True)
    estate = AmountText()
    debt = AmountText()


class SumOutput(serializers.Serializer[Any]):
    """All movements of one purpose."""

    purpose = serializers.ChoiceField(Purpose.choices)
    meaning = serializers.CharField()
    estate = AmountText()
    debt = AmountText()


class DriftOutput(serializers.Serializer[Any]):
    """What the marks gained for the account while its book waited, below zero lost; rounded down, and in no sum: the
    movements have it."""

    sold = AmountText(source="drift_sold", help_text="From intake until it was sold.")
    waiting = AmountText(
        source="drift_waiting",
        allow_null=True,
        help_text="From intake until now, of what nobody has yet; null where a mark is missing.",
    )


class FundPartOutput(serializers.Serializer[Any]):
    """What the venue's insurance fund did for the book."""

    units_taken = serializers.IntegerField(source="units_of_fund")
    edge_earned = AmountText(help_text="What it was paid for the units that it took over.")
    advanced = AmountText(help_text="What it paid of providers' edges.")
    advances_repaid = AmountText()
    debt_covered = AmountText()


class DebtsOutput(serializers.Serializer[Any]):
    """What the estate lacked, and who bore it."""

    lacked = AmountText(help_text="All that the estate ever lacked, beyond what its account had kept.")
    repaid = AmountText(help_text="By the estate, out of what came in later.")
    paid_by_layers = AmountText(help_text="Of the loss plan, in front of the fund.")
    covered_by_fund = AmountText()
    lost = AmountText(help_text="Covered by nobody: the venue's loss.")
    owed = AmountText(help_text="What stands now.")


class StatementOutput(serializers.Serializer[Any]):
    """A book from its intake to what was left of it. All amounts but drift are exact.

    The movements are all transfers of its estate and of its debt: their sums are `in_estate` and `owed`. Without those
    of the purposes KEPT_ADVANCED and RESIDUAL they sum to `residual`, what is left to the owner; below zero the owner
    made it good. While it is `provisional`, all of it is as of now.
    """

    book_id = serializers.UUIDField(source="book.id")
    reference = serializers.CharField(source="book.reference")
    account = serializers.CharField(source="book.account")
    drill = serializers.BooleanField(source="book.is_drill")
    asset = serializers.CharField(source="book.asset.code")
    state = serializers.ChoiceField(BookState.choices, source="book.state")
    version = serializers.IntegerField(source="book.version")
    provisional = serializers.BooleanField()
    as_of = serializers.DateTimeField()
    received_at = serializers.DateTimeField(source="book.received_at")
    closed_at = serializers.DateTimeField(source="book.closed_at", allow_null=True)
    cash = AmountText(source="book.cash")
    equity = AmountText(source="book.equity", help_text="At the marks of the intake.")
    notional = AmountText(source="book.notional", help_text="At the marks of the intake.")
    positions = PositionOutput(source="book.positions", many=True)
    kept = KeptOutput(allow_null=True)
    lots = StatementLotOutput(many=True)
    drift = DriftOutput()
    edges = AmountText(help_text="All that was paid for sales, the fund's included.")
    fund = FundPartOutput()
    debts = DebtsOutput()
    fee = AmountText()
    movements = MovementOutput(many=True)
    sums = SumOutput(many=True)
    in_estate = AmountText()
    residual = AmountText()


def shown(statement: Statement) -> Any:
    """The statement as it is answered."""
    estate, debt = statement.estate_of, statement.debt_of
    said = {
        **{name: getattr(statement, name) for name in ("book", "provisional", "as_of", "lots", "movements")},
        "kept": statement.book if statement.book.kept_positions.all() else None,
        "drift": statement,
        "edges": estate(*EDGES).copy_negate(),
        "fund": {
            "units_of_fund": statement.units_of_fund,
            "edge_earned": estate(Purpose.FUND_EDGE).copy_negate(),
            "advanced": estate(Purpose.ADVANCE),
            "advances_repaid": estate(Purpose.ADVANCE_REPAID).copy_negate(),
            "debt_covered": debt(Purpose.DEBT_COVERED),
        },
        "debts": {
            "lacked": debt(Purpose.SHORTFALL, Purpose.INTAKE, Purpose.INTAKE_REVERSED).copy_negate(),
            "repaid": debt(Purpose.DEBT_REPAID),
            "paid_by_layers": debt(Purpose.LOSS_PAID),
            "covered_by_fund": debt(Purpose.DEBT_COVERED),
            "lost": debt(Purpose.DEBT_LOST),
            "owed": statement.owed,
        },
        "fee": estate(Purpose.FEE).copy_negate(),
        "sums": [
            {"purpose": each, "meaning": each.label, "estate": into_estate, "debt": into_debt}
            for each, (into_estate, into_debt) in statement.sums.items()
        ],
        "in_estate": statement.in_estate,
        "residual": statement.residual,
    }
    return StatementOutput(said).data
