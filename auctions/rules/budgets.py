"""What a lot may spend on edges, and whose money pays.

No two lots, steps or pending settlements count the same money. Budgets follow risk, and are marked when they are used:
what an account has lost by then it cannot spend, what it has gained raises no budget.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from auctions.rules.valuation import Leg, notional
from backstop.values.amounts import ZERO, difference, multiply, round_down, total
from backstop.values.bps import affordable_edge, of_notional
from backstop.values.splitting import split_amount


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on edges. `equity` is the account's own; of it `in_estate` is held there already, and the rest
    comes in with spot that the lot holds, or was kept by an account that is sold only in part. `fund` is what the
    insurance fund would pay now: it holds nothing before an award."""

    equity: Decimal
    in_estate: Decimal
    fund: Decimal

    @property
    def whole(self) -> Decimal:
        """All that edges may cost."""
        return total([self.equity, self.fund])


@dataclass(frozen=True, slots=True)
class LotMoney:
    """A lot's risk, which weighs (see `risk_weights`), and what its own spot is worth."""

    weight: Decimal
    transfer_value: Decimal


def smallest_rate(legs: Sequence[Leg]) -> Decimal | None:
    """The smallest positive margin rate of a book's legs; None where all are zero."""
    return min((leg.margin_rate for leg in legs if leg.margin_rate > 0), default=None)


def risk_weights(
    lots: Sequence[Sequence[Leg]], marks: Mapping[UUID, Decimal], smallest: Decimal | None
) -> list[Decimal]:
    """How much risk each of these lots is: notional x margin rate of its legs at the marks, exact.

    A rate of zero counts as the `smallest` positive one of the book; where there is none, notionals weigh.
    """

    def rate_of(leg: Leg) -> Decimal:
        return Decimal(1) if smallest is None else leg.margin_rate or smallest

    return [total(multiply(notional(leg, marks[leg.instrument_id]), rate_of(leg)) for leg in legs) for legs in lots]


def split_budget(equity: Decimal, estate: Decimal, kept: Decimal, lots: Sequence[LotMoney], scale: int) -> list[Budget]:
    """Each lot's own budget, by risk: its share of `equity`, of what the `estate` holds of that, and of what an account
    that is sold only in part has `kept` (>= 0), with which it answers.

    Equity counts only as far as it is money: the lot's share of the estate, and what comes in with its own spot. What
    was kept is money, since clearing advances it.
    """
    weights = [lot.weight for lot in lots]
    shares = zip(
        lots,
        split_amount(max(equity, ZERO), weights, scale),
        split_amount(max(min(equity, estate), ZERO), weights, scale),
        split_amount(kept, weights, scale),
        strict=True,
    )
    return [
        Budget(
            equity=total([min(own, total([held, lot.transfer_value])), advanced]),
            in_estate=min(own, held),
            fund=ZERO,
        )
        for lot, own, held, advanced in shares
    ]


def gain(leg: Leg, since: Decimal, price: Decimal) -> Decimal:
    """What its owner gained with it, a contract or spot, from one price to the other; exact."""
    return multiply(leg.quantity, difference(price, since), leg.sign)


def gained_by_award(
    legs: Sequence[Leg], intake_marks: Mapping[UUID, Decimal], marks: Mapping[UUID, Decimal], edge_bps: Decimal
) -> Decimal:
    """What an award did to its book's equity: the legs' gain from intake to its own marks, less its edge; exact."""
    worth = total(notional(leg, marks[leg.instrument_id]) for leg in legs)
    gains = total(gain(leg, intake_marks[leg.instrument_id], marks[leg.instrument_id]) for leg in legs)
    return difference(gains, of_notional(worth, edge_bps))


def share_at(equity: Decimal, weights: Sequence[Decimal], place: int, scale: int) -> Decimal:
    """The share that the lot at this `place` has by risk of the `equity` that its book is left with: none of one below
    zero, and none where nothing weighs."""
    left = round_down(max(equity, ZERO), scale)
    return split_amount(left, weights, scale)[place] if any(weights) else ZERO


def own_at(budget: Budget, share: Decimal) -> Budget:
    """The budget, of which the account's own part is at most the lot's `share` of what its book is left with."""
    own = min(budget.equity, share)
    return replace(budget, equity=own, in_estate=min(budget.in_estate, own))


def reserve_edge(cap_bps: Decimal, budget: Budget, notional: Decimal) -> Decimal:
    """The most that a step may pay: the playbook's cap, or what the lot's remaining budget affords on its remaining
    notional (> 0, at the marks in force)."""
    return min(cap_bps, affordable_edge(budget.whole, notional))


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """Who pays an award's edge: of the account's own part so much is held in the estate now, the rest comes in with the
    award, or is advanced by clearing."""

    equity: Decimal
    in_estate: Decimal
    fund: Decimal


def split_edge(edge: Decimal, budget: Budget, incoming: Decimal, kept: Decimal) -> EdgeParts:
    """The account's own money first, as far as it is in the estate, `incoming` with the award, or was `kept`; then the
    fund.

    A negative edge, which the provider pays, takes nothing from anybody. What neither could pay (fractions, as units
    differ by a step) falls to the estate, so that the provider is always paid in full.
    """
    if edge <= 0:
        return EdgeParts(ZERO, ZERO, ZERO)
    equity = min(edge, budget.equity, total([budget.in_estate, incoming, kept]))
    fund = min(difference(edge, equity), budget.fund)
    in_estate = min(max(difference(equity, incoming), ZERO), budget.in_estate)
    return EdgeParts(equity=equity, in_estate=in_estate, fund=fund)
