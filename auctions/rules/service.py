"""Service by the month: what a provider's standing and answering make it, and what that is paid.

Nothing is paid for what is only promised: fees are on collateral that stood ready, rebates on what was taken, never
more than the liquidation fee that the same book brought, so that whoever trades with itself is not paid for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from backstop.values.amounts import ZERO, divide_down, multiply, total
from backstop.values.splitting import split_amount

SHARE_SCALE = 6
DAYS_A_YEAR = 365  # of 31,536,000 seconds
_BPS = 10_000

K = TypeVar("K")
_MICROSECOND = timedelta(microseconds=1)


class MonthGrade(StrEnum):
    """EXEMPT was asked for nothing, GOOD answered enough; both stood as much as they had to. POOR did not, or answered
    too little; NONE answered nothing that it was asked for."""

    EXEMPT = "EXEMPT"
    GOOD = "GOOD"
    POOR = "POOR"
    NONE = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTerms:
    """What a schedule pays: on mean notional that stood ready, a year, out of a budget for the month; and on notional
    taken. What it asks for that: the smallest shares of the month's time, and of the lots asked for."""

    standby_rate_bps: Decimal
    budget: Decimal
    rebate_bps: Decimal
    min_presence: Decimal
    min_answers: Decimal


@dataclass(frozen=True, slots=True)
class Served:
    """How a provider served in a month of so long: how long it stood, and of how many lots asked for it answered."""

    month: timedelta
    present: timedelta
    asked: int
    answered: int

    def grade(self, terms: ServiceTerms) -> MonthGrade:
        """What it was. A share that is exactly the smallest is enough."""
        if self.asked and not self.answered:
            return MonthGrade.NONE
        stood = multiply(terms.min_presence, self.month // _MICROSECOND) <= self.present // _MICROSECOND
        if not stood or multiply(terms.min_answers, self.asked) > self.answered:
            return MonthGrade.POOR
        return MonthGrade.GOOD if self.asked else MonthGrade.EXEMPT


def is_paid(grade: MonthGrade, active: bool) -> bool:
    """Whether a month is paid: where there was nothing to answer, only of a product group that was `active`."""
    return grade is MonthGrade.GOOD or (grade is MonthGrade.EXEMPT and active)


def standby_fee(capacities: Sequence[Decimal], rate_bps: Decimal, scale: int) -> Decimal:
    """What these days of mean notional earn at a rate of basis points a year, rounded down: in favour of who pays."""
    return divide_down(multiply(total(capacities), rate_bps), _BPS * DAYS_A_YEAR, scale)


def rebate(notional: Decimal, rate_bps: Decimal, scale: int) -> Decimal:
    """What so much notional taken earns, rounded down: in favour of who pays."""
    return divide_down(multiply(notional, rate_bps), _BPS, scale)


def within(limit: Decimal, due: Mapping[K, Decimal], scale: int) -> dict[K, Decimal]:
    """What is due as far as the limit goes; where it does not suffice, in proportion, by largest remainder, the earlier
    first. Equal suffices."""
    if total(due.values()) <= limit:
        return dict(due)
    parts = split_amount(max(limit, ZERO), list(due.values()), scale)
    return dict(zip(due, parts, strict=True))
