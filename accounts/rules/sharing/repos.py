"""What is lent to a fund against its inventory: how much a quantity stands for, how much of it is pledged, and whose
pledge a sale is of. Pure.

Only spot stands for anything: a contract changes hands for nothing, so that nothing comes of its sale to repay by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.rules.sharing.placing import Gap, is_in_gap
from accounts.rules.sharing.premiums import Stretch
from backstop.values.amounts import ZERO, difference, divide_down, divide_up, multiply, to_text, total
from backstop.values.bps import BPS_PER_ONE
from backstop.values.splitting import split_amount

SOLD_AFTER = timedelta(days=7)  # since it was due: what is pledged for it and is not in a sale
SOLD_AGAIN_AFTER = timedelta(days=1)  # since the last sale of it ended, with a rest
PLEDGE_SOLD = "a repo that is overdue for long is repaid by what is pledged for it"


def most_lent(quantity: Decimal, price: Decimal, haircut_bps: Decimal, scale: int) -> Decimal:
    """What is lent against so much of it at most: what it is worth at this price, less the haircut; rounded down."""
    return divide_down(multiply(quantity, price, _kept(haircut_bps)), BPS_PER_ONE, scale)


def pledged_for(amount: Decimal, price: Decimal, haircut_bps: Decimal, step: Decimal) -> Decimal:
    """The fewest steps of it against which so much is lent."""
    steps = divide_up(multiply(amount, BPS_PER_ONE), multiply(price, _kept(haircut_bps), step), 0)
    return multiply(steps, step)


def steps_up(quantity: Decimal, step: Decimal) -> Decimal:
    """So much in whole steps, rounded up."""
    return multiply(divide_up(quantity, step, 0), step)


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale that was begun `since` then and has not ended: so much is `unsold` of it yet, and so much is `sold`, whose
    proceeds it has."""

    since: datetime
    unsold: Decimal
    sold: Decimal


@dataclass(frozen=True, slots=True)
class EndingSale:
    """A sale of an instrument that was begun `since` then and ends: so much is `held` after it, in `others` that have
    not ended or in none."""

    since: datetime
    held: Decimal
    others: Sequence[OpenSale]

    def offered(self, pledges: Sequence[tuple[datetime, Decimal]]) -> list[Decimal]:
        """What of each pledge, made at an instant, it was a sale of: nothing of one that was made later, nor what an
        older sale offers to a buyer or has the proceeds of; that those share that were pledged before it, by what is
        left of theirs."""
        left = [quantity if made_at <= self.since else ZERO for made_at, quantity in pledges]
        for older in sorted(self._older, key=lambda each: each.since):
            of_it = [part if made_at <= older.since else ZERO for (made_at, _), part in zip(pledges, left, strict=True)]
            gone = _shared(min(total(of_it), total([older.unsold, older.sold])), of_it)
            left = [difference(part, less) for part, less in zip(left, gone, strict=True)]
        return left

    def sold_of(self, pledges: Sequence[tuple[datetime, Decimal]]) -> list[Decimal]:
        """What of each pledge was sold: what is not pledged goes first, the rest by what was offered of each."""
        offered = self.offered(pledges)
        later = total(quantity for made_at, quantity in pledges if made_at > self.since)
        newer = total(each.sold for each in self.others if each.since > self.since)
        there = difference(total([self.held, newer]), later, *(each.unsold for each in self._older))
        return _shared(max(difference(total(offered), max(there, ZERO)), ZERO), offered)

    @property
    def _older(self) -> list[OpenSale]:
        return [each for each in self.others if each.since < self.since]


def undrawn(
    limit: Decimal, fee_bps: Decimal, since: datetime, draws: Sequence[tuple[datetime, Decimal]], gaps: Sequence[Gap]
) -> list[Stretch]:
    """What the fee is paid for since then: what of the limit is not drawn, by what was drawn (below zero: repaid) at
    which instants; nothing in gaps, in which nothing can be drawn."""
    changes = {since, *(at for at, _ in draws), *(at for gap in gaps for at in gap if at is not None)}
    stretches = []
    for at in sorted(each for each in changes if each >= since):
        drawn = (amount for drawn_at, amount in draws if drawn_at <= at)
        stretches.append(Stretch(at, fee_bps, ZERO if is_in_gap(gaps, at) else difference(limit, *drawn)))
    return stretches


def _kept(haircut_bps: Decimal) -> Decimal:
    return difference(Decimal(BPS_PER_ONE), haircut_bps)


def _shared(quantity: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """So much over these, in as many decimals as they have: no part is more than its weight."""
    decimals = max(len(to_text(each).partition(".")[2]) for each in (quantity, *weights))
    return split_amount(quantity, weights, decimals)
