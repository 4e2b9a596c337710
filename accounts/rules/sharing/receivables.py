"""What somebody is owed who lent money: what was lent, and interest by the second, in basis points a year of
31,536,000 seconds. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.rules.sharing.premiums import MICROSECONDS_OF_YEAR
from backstop.values.amounts import difference, divide_down, multiply, total
from backstop.values.bps import BPS_PER_ONE


@dataclass(frozen=True, slots=True)
class Owed:
    """What of it was lent, and what was earned by that."""

    principal: Decimal
    interest: Decimal

    @property
    def amount(self) -> Decimal:
        return total([self.principal, self.interest])

    def part(self, amount: Decimal) -> "Owed":
        """What so much of it, at most all, repays: interest first."""
        interest = min(amount, self.interest)
        return Owed(difference(amount, interest), interest)

    def less(self, part: "Owed") -> "Owed":
        """What is left of it once a part is repaid."""
        return Owed(difference(self.principal, part.principal), difference(self.interest, part.interest))


@dataclass(frozen=True, slots=True)
class Repaid:
    """What was repaid at an instant."""

    at: datetime
    of: Owed


@dataclass(frozen=True, slots=True)
class Loan:
    """So much was lent at an instant, at that interest; of it so much was repaid, in the order of time."""

    lent: Decimal
    interest_bps: Decimal
    since: datetime
    repaid: Sequence[Repaid]
    scale: int

    def owed_at(self, at: datetime) -> Owed:
        """What is owed then. The interest of all the time, not that of each stretch, is rounded down, so that it is the
        same however often something is repaid."""
        left, began_at, earned = self.lent, self.since, []
        for each in self.repaid:
            earned.append(multiply(left, self.interest_bps, _microseconds(began_at, each.at)))
            left, began_at = difference(left, each.of.principal), each.at
        earned.append(multiply(left, self.interest_bps, _microseconds(began_at, at)))
        accrued = divide_down(total(earned), BPS_PER_ONE * MICROSECONDS_OF_YEAR, self.scale)
        return Owed(left, difference(accrued, *(each.of.interest for each in self.repaid)))


def _microseconds(start: datetime, end: datetime) -> int:
    return max(end - start, timedelta()) // timedelta(microseconds=1)
