"""Assessments: what those who are obliged for a loss event are called for beyond what they contributed, and no more.

Source: Principles for financial market infrastructures (CPMI-IOSCO, 2012), principle 4, and the rule books of clearing
houses, which cap what members are called for by event and by period.
"""

from datetime import timedelta
from decimal import Decimal

from backstop.values.amounts import ZERO, difference, multiply

PERIOD = timedelta(days=30)
DUE_AFTER = timedelta(days=3)
TIMES_IN_PERIOD = 2


def most_assessable(contribution: Decimal, called_in_period: Decimal) -> Decimal:
    """What a provider may be called for by one event, that had contributed so much as it opened: at most that, and in
    the `PERIOD` up to now, in which it was `called_in_period`, at most `TIMES_IN_PERIOD` times that."""
    left = difference(multiply(contribution, TIMES_IN_PERIOD), called_in_period)
    return max(min(contribution, left), ZERO)
