"""How much of an account has to be sold so that the rest is healthy again: partial liquidation.

Pure arithmetic at intake marks and at what a sale is reckoned to cost; what is sold becomes an ordinary book, the rest
is the account's and never ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from uuid import UUID

from auctions.rules.valuation import Leg, notional, profit, transfer_value
from backstop.values.amounts import STORED_SCALE, ZERO, difference, multiply, round_down, total
from backstop.values.bps import BPS_PER_ONE, of_notional
from backstop.values.splitting import split_amount


@dataclass(frozen=True, slots=True)
class Part:
    """An account in two: leg by leg, in the account's order, what is `sold` and what is `kept` (either may be zero).

    `cash` goes along with what is sold and may be below zero: the part of a debt that its spot repays. `kept_cash` is
    the rest, and `kept_equity` what the kept legs and cash are worth at the marks.
    """

    sold: tuple[Leg, ...]
    kept: tuple[Leg, ...]
    cash: Decimal
    kept_cash: Decimal
    kept_equity: Decimal

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be sold."""
        return not any(leg.quantity for leg in self.sold)


def restoring_part(
    cash: Decimal,
    legs: Sequence[Leg],
    marks: Mapping[UUID, Decimal],
    target_ratio: Decimal,
    cost_bps: Decimal,
    scale: int,
) -> Part | None:
    """The smallest part whose sale brings equity / margin requirement to `target_ratio`; None: only the whole will do.

    The requirement is the sum of notional x margin rate. Selling a leg counts as `cost_bps` of its notional, out
    of equity, and frees its requirement; so `target x requirement - equity` falls by notional x (target x margin rate
    - cost). The share that is sold of every leg where this is positive is shortage / sum of these, the formula of
    Drift's `calculate_base_asset_amount_to_cover_margin_shortage` (programs/drift/src/math/liquidation.rs) over a
    portfolio: pro rata, so that what hedged each other still does. Each leg's share is rounded up to a quantity step.
    Legs whose sale costs as much as it frees stay. Reaching the target exactly suffices.

    Money: the whole account is marked once, and only the part settles. It takes along exactly its reckoned cost as
    equity: cash such that cash + accrued + profit + spot of the part are that cost, a fraction less where it has to be
    rounded. What the sale does not use comes back as the residual; cash and kept cash are the account's cash.
    """
    share = _share(cash, legs, marks, target_ratio, cost_bps)
    if share is None:
        return None
    steps = [ceil(share * leg.steps) if _relief(leg, marks, target_ratio, cost_bps) > 0 else 0 for leg in legs]
    if all(sold == leg.steps for sold, leg in zip(steps, legs, strict=True)):
        return None
    pairs = [_cut(leg, sold) for leg, sold in zip(legs, steps, strict=True)]
    sold, kept = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    cost = of_notional(total(notional(leg, marks[leg.instrument_id]) for leg in sold), cost_bps)
    along = round_down(difference(cost, _worth(sold, marks)), scale)
    kept_cash = difference(cash, along)
    return Part(sold, kept, along, kept_cash, round_down(total([kept_cash, _worth(kept, marks)]), scale))


def _share(
    cash: Decimal, legs: Sequence[Leg], marks: Mapping[UUID, Decimal], target_ratio: Decimal, cost_bps: Decimal
) -> Fraction | None:
    """The share of each helpful leg that has to be sold, from 0 to 1; None where all of them do not suffice."""
    requirement = sum(Fraction(notional(leg, marks[leg.instrument_id])) * Fraction(leg.margin_rate) for leg in legs)
    shortage = Fraction(target_ratio) * requirement - Fraction(total([cash, _worth(legs, marks)]))
    if shortage <= 0:
        return Fraction(0)
    relief = sum(max(_relief(leg, marks, target_ratio, cost_bps), Fraction(0)) for leg in legs)
    return None if relief < shortage else shortage / relief


def _relief(leg: Leg, marks: Mapping[UUID, Decimal], target_ratio: Decimal, cost_bps: Decimal) -> Fraction:
    """By how much selling the whole leg lessens what the account lacks."""
    per_notional = Fraction(target_ratio) * Fraction(leg.margin_rate) - Fraction(cost_bps) / BPS_PER_ONE
    return Fraction(notional(leg, marks[leg.instrument_id])) * per_notional


def _worth(legs: Sequence[Leg], marks: Mapping[UUID, Decimal]) -> Decimal:
    """What the legs are in equity: accrued funding, profit since the entry, and the value of spot; exact."""
    return total(
        total([leg.accrued, profit(leg, leg.entry_price or ZERO, price), transfer_value(leg, price)])
        for leg in legs
        for price in [marks[leg.instrument_id]]
    )


def _cut(leg: Leg, sold: int) -> tuple[Leg, Leg]:
    """The leg in two, with its funding by quantity: so many steps that are sold, and the others."""
    steps = [sold, leg.steps - sold]
    accrued = split_amount(leg.accrued, steps, STORED_SCALE)
    first, second = (
        replace(leg, quantity=multiply(count, leg.quantity_step), accrued=funding)
        for count, funding in zip(steps, accrued, strict=True)
    )
    return first, second
