"""What a lot may spend on edges, and whose money pays.

No two lots, steps or pending settlements count the same money.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backstop.values.amounts import ZERO, difference, total
from backstop.values.bps import affordable_edge
from backstop.values.splitting import split_amount


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on edges. `equity` is the account's own; of it `in_estate` is held there already, and the rest
    comes in with spot that the lot holds. `fund` is held in the insurance fund."""

    equity: Decimal
    in_estate: Decimal
    fund: Decimal

    @property
    def whole(self) -> Decimal:
        """All that edges may cost."""
        return total([self.equity, self.fund])


@dataclass(frozen=True, slots=True)
class LotMoney:
    """A lot's notional at intake marks, and what its own spot is worth."""

    notional: Decimal
    transfer_value: Decimal


def split_budget(equity: Decimal, estate: Decimal, fund: Decimal, lots: Sequence[LotMoney], scale: int) -> list[Budget]:
    """Each lot's budget, by notional: its share of `equity`, of what the `estate` holds, and of `fund`.

    Equity counts only as far as it is money: the lot's share of the estate, and what comes in with its own spot.
    """
    weights = [lot.notional for lot in lots]
    shares = zip(
        lots,
        split_amount(max(equity, ZERO), weights, scale),
        split_amount(max(min(equity, estate), ZERO), weights, scale),
        split_amount(fund, weights, scale),
        strict=True,
    )
    return [
        Budget(equity=min(own, total([held, lot.transfer_value])), in_estate=min(own, held), fund=drawn)
        for lot, own, held, drawn in shares
    ]


def reserve_edge(cap_bps: Decimal, budget: Budget, notional: Decimal) -> Decimal:
    """The most that a step may pay: the playbook's cap, or what the lot's remaining budget affords on its remaining
    notional (> 0, at the marks in force)."""
    return min(cap_bps, affordable_edge(budget.whole, notional))


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """Who pays an award's edge: of the estate's part so much is held in it now, the rest comes in with the award."""

    equity: Decimal
    in_estate: Decimal
    fund: Decimal


def split_edge(edge: Decimal, budget: Budget, incoming: Decimal) -> EdgeParts:
    """The account's own money first, as far as it is in the estate or `incoming` with the award; then the fund.

    A negative edge, which the provider pays, takes nothing from anybody. What neither could pay (fractions, as units
    differ by a step) falls to the estate, so that the provider is always paid in full.
    """
    if edge <= 0:
        return EdgeParts(ZERO, ZERO, ZERO)
    equity = min(edge, budget.equity, total([budget.in_estate, incoming]))
    fund = min(difference(edge, equity), budget.fund)
    return EdgeParts(equity=equity, in_estate=max(difference(equity, incoming), ZERO), fund=fund)
