"""What an award moves.

Pure arithmetic on amounts of the book's asset; who debits whom is said once, in the sweep settle_awards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from uuid import UUID

from auctions.rules.valuation import Leg, notional, profit, transfer_value
from backstop.values.amounts import ZERO, difference, multiply, round_down, round_up, total
from backstop.values.bps import of_notional


@dataclass(frozen=True, slots=True)
class Flows:
    """What one award moves. The estate's side of a payment and the provider's differ by at most a smallest amount.

    `profit` comes into the estate from the venue (negative: goes out); `value_paid` leaves the provider and
    `value_received` comes into the estate; `edge_paid` leaves the estate and `edge_received` comes to the provider
    (negative: the other way); `margin` is posted of its collateral.
    """

    profit: Decimal
    value_paid: Decimal
    value_received: Decimal
    edge_paid: Decimal
    edge_received: Decimal
    margin: Decimal

    @property
    def needed_of_provider(self) -> Decimal:
        """What its collateral must hold: margin, the value of spot, and what it pays where the edge is negative; all
        rounded up, since after others of the same auction it may pay so much."""
        return total([self.margin, self.value_received, max(self.edge_paid.copy_negate(), ZERO)])


@dataclass(frozen=True, slots=True)
class ExactFlows:
    """What awards come to before anything is rounded: see `Flows`."""

    profit: Decimal = ZERO
    value: Decimal = ZERO
    edge: Decimal = ZERO
    margin: Decimal = ZERO

    def plus(self, more: "ExactFlows") -> "ExactFlows":
        """Both together, exactly."""
        return ExactFlows(
            profit=total([self.profit, more.profit]),
            value=total([self.value, more.value]),
            edge=total([self.edge, more.edge]),
            margin=total([self.margin, more.margin]),
        )


def exact_flows(
    legs: Sequence[Leg],
    intake_marks: Mapping[UUID, Decimal],
    award_marks: Mapping[UUID, Decimal],
    edge_bps: Decimal,
) -> ExactFlows:
    """What an award of these legs at its own marks comes to. The edge is on the notional at the award's marks."""
    notionals = [(leg, notional(leg, award_marks[leg.instrument_id])) for leg in legs]
    return ExactFlows(
        profit=total(profit(leg, intake_marks[leg.instrument_id], award_marks[leg.instrument_id]) for leg in legs),
        value=total(transfer_value(leg, award_marks[leg.instrument_id]) for leg in legs),
        edge=of_notional(total(amount for _, amount in notionals), edge_bps),
        margin=total(multiply(amount, leg.margin_rate) for leg, amount in notionals),
    )


def award_flows(
    legs: Sequence[Leg],
    intake_marks: Mapping[UUID, Decimal],
    award_marks: Mapping[UUID, Decimal],
    edge_bps: Decimal,
    scale: int,
) -> Flows:
    """The flows of an award of these legs at its own marks, by itself."""
    return _rounded(exact_flows(legs, intake_marks, award_marks, edge_bps), scale)


def flows_after(settled: ExactFlows, award: ExactFlows, scale: int) -> Flows:
    """The flows of an award to a provider, after those of the same auction that are `settled` already.

    Every amount is rounded for all of them together, less what was moved for those: so it makes no difference into how
    many awards they are cut. None is further from `award_flows` than a smallest amount, nor more than what was held.
    """
    before, after = _rounded(settled, scale), _rounded(settled.plus(award), scale)
    return Flows(
        **{field.name: difference(getattr(after, field.name), getattr(before, field.name)) for field in fields(Flows)}
    )


def _rounded(exact: ExactFlows, scale: int) -> Flows:
    """The estate never pays, or receives, to its disadvantage; the provider neither: the fraction between them is the
    venue's."""
    return Flows(
        profit=round_up(exact.profit, scale),
        value_paid=round_down(exact.value, scale),
        value_received=round_up(exact.value, scale),
        edge_paid=round_down(exact.edge, scale),
        edge_received=round_up(exact.edge, scale),
        margin=round_up(exact.margin, scale),
    )
