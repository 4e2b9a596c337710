"""What an award moves.

Pure arithmetic on amounts of the book's asset; who debits whom is said once, in the sweep settle_awards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from auctions.rules.valuation import Leg, notional, profit, transfer_value
from backstop.values.amounts import ZERO, multiply, round_down, round_up, total
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
        """What its collateral must hold: margin, the value of spot, and what it pays where the edge is negative."""
        return total([self.margin, self.value_paid, max(-self.edge_received, ZERO)])


def award_flows(
    legs: Sequence[Leg],
    intake_marks: Mapping[UUID, Decimal],
    award_marks: Mapping[UUID, Decimal],
    edge_bps: Decimal,
    scale: int,
) -> Flows:
    """The flows of an award of these legs at its own marks.

    The estate never pays, or receives, to its disadvantage; the provider neither: the fraction between them is the
    venue's. The edge is on the notional at the award's marks.
    """
    value = total(transfer_value(leg, award_marks[leg.instrument_id]) for leg in legs)
    edge = of_notional(total(notional(leg, award_marks[leg.instrument_id]) for leg in legs), edge_bps)
    gained = (profit(leg, intake_marks[leg.instrument_id], award_marks[leg.instrument_id]) for leg in legs)
    margin = total(multiply(notional(leg, award_marks[leg.instrument_id]), leg.margin_rate) for leg in legs)
    return Flows(
        profit=round_up(total(gained), scale),
        value_paid=round_down(value, scale),
        value_received=round_up(value, scale),
        edge_paid=round_down(edge, scale),
        edge_received=round_up(edge, scale),
        margin=round_up(margin, scale),
    )
