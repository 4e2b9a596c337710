"""What an award moves, and what is left of a book's money when all is settled.

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


@dataclass(frozen=True, slots=True)
class Close:
    """How a book's money ends, in this order: an account that lives on makes good what the estate lacks; the estate
    repays advances, then its debt; the fund, then the venue's losses, cover what remains of the debt; the fee, at most
    what is left; the rest belongs to the account's owner."""

    made_good: Decimal
    advances_repaid: Decimal
    debt_repaid: Decimal
    debt_covered: Decimal
    debt_lost: Decimal
    fee: Decimal
    residual: Decimal


def close_book(
    *,
    estate: Decimal,
    debt: Decimal,
    advanced: Decimal,
    fund_limit: Decimal,
    fund_free: Decimal,
    fee: Decimal,
    liable: Decimal = ZERO,
) -> Close:
    """`estate`, `debt` and `advanced` (the fund's money in edges) are what stands, none negative; `fund_limit` is the
    most that the fund spends on one book, of which advances that are not repaid are spent already. An account that was
    sold only in part is `liable` for what its estate cannot repay, up to the equity that it kept: before the fund is.
    """
    made_good = max(min(total([advanced, debt, -estate]), liable), ZERO)
    estate = total([estate, made_good])
    advances_repaid = min(estate, advanced)
    left = total([estate, -advances_repaid])
    debt_repaid = min(left, debt)
    left = total([left, -debt_repaid])
    owed = total([debt, -debt_repaid])
    allowed = total([fund_limit, -advanced, advances_repaid])
    debt_covered = max(min(owed, allowed, total([fund_free, advances_repaid])), ZERO)
    charged = min(fee, left)
    return Close(
        made_good=made_good,
        advances_repaid=advances_repaid,
        debt_repaid=debt_repaid,
        debt_covered=debt_covered,
        debt_lost=total([owed, -debt_covered]),
        fee=charged,
        residual=total([left, -charged]),
    )


def penalty(notional_amount: Decimal, penalty_bps: Decimal, held: Decimal, scale: int) -> Decimal:
    """What a provider's fault costs it: `penalty_bps` of the award's notional, at most what it had held for it."""
    return min(round_down(of_notional(notional_amount, penalty_bps), scale), held)
