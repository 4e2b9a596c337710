"""Assessments: what those who are obliged for a loss event are called for beyond what they contributed, and no more.

Source: Principles for financial market infrastructures (CPMI-IOSCO, 2012), principle 4, and the rule books of clearing
houses, which cap what members are called for by event and by period.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from backstop.values.amounts import ZERO, difference, multiply, total
from backstop.values.splitting import split_amount

PERIOD = timedelta(days=30)
DUE_AFTER = timedelta(days=3)
WRITTEN_OFF_AFTER = timedelta(days=90)  # since it is overdue, where nothing is left to take it of
TIMES_IN_PERIOD = 2
NEVER_PAID = "what it was called for was never paid, and is written off"


def most_assessable(contribution: Decimal, called_in_period: Decimal) -> Decimal:
    """What a provider may be called for by one event, that had contributed so much as it opened: at most that, and in
    the `PERIOD` up to now, in which it was `called_in_period` for what was not lifted since, at most `TIMES_IN_PERIOD`
    times that."""
    left = difference(multiply(contribution, TIMES_IN_PERIOD), called_in_period)
    return max(min(contribution, left), ZERO)


@dataclass(frozen=True, slots=True)
class Call:
    """One of those who were called for together: for `amount`, of which it bears what it `stakes`: what it paid and has
    not back, and what it is to pay in time yet. It `owes` so much that was to be paid before."""

    amount: Decimal
    stakes: Decimal
    owes: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Lowered:
    """What of its stake one has back, at most, and what it owes then."""

    returnable: Decimal
    owes: Decimal


def lower_calls(calls: Sequence[Call], unpaid: Decimal, came_back: Decimal, scale: int) -> list[Lowered]:
    """What becomes of each of these calls of one event once so much came back, of which those have it first who bear
    what is `unpaid` beside them.

    Each is to bear of what is left, at most all that was called for, its part by what it was called for, largest
    remainder, ties by their order: who stakes more has that back, and nobody owes more than it lacks. So it is the same
    for each as if all had paid in time, once all pay.
    """
    left = max(difference(total([unpaid, *(call.stakes for call in calls)]), came_back), ZERO)
    amounts = [call.amount for call in calls]
    parts = split_amount(min(left, total(amounts)), amounts, scale)
    return [
        Lowered(
            returnable=max(difference(call.stakes, part), ZERO),
            owes=min(call.owes, max(difference(part, call.stakes), ZERO)),
        )
        for call, part in zip(calls, parts, strict=True)
    ]
