"""Tiers: who goes first where edges do not decide, by what it has promised and can pay for.

Pure. Nobody is given a tier: it follows from the capacity of its standing commitments for the very lot, as far as its
collateral covers it.
"""

from dataclasses import dataclass
from decimal import Decimal

from accounts.rules.commitments import Capacity
from backstop.values.amounts import ZERO, divide_down, multiply

LAST_TIER = 3


@dataclass(frozen=True, slots=True)
class Ladder:
    """The funded notional from which a provider is of tier 1, and of tier 2 (`first` >= `second` >= 0).

    Equality is enough. Everybody else is of the last tier; where `second` is zero, everybody is.
    """

    first: Decimal
    second: Decimal

    @property
    def has_rungs(self) -> bool:
        return self.second > 0

    def tier_of(self, funded: Decimal | None) -> int:
        """The tier of who has funded so much; None is without limit."""
        if not self.has_rungs:
            return LAST_TIER
        if funded is None or funded >= self.first:
            return 1
        return 2 if funded >= self.second else LAST_TIER


def funded_capacity(capacity: Capacity, unit_notional: Decimal, max_edge_bps: Decimal, scale: int) -> Decimal | None:
    """The notional that a provider's commitments promise for a lot of units of `unit_notional`, used or not, as far as
    the collateral counted in `capacity` covers it; None where nothing limits it.

    Nothing where there is a reason against it, or where it asks for more than `max_edge_bps` (equality counts): who
    promises what can never be accepted has promised nothing.
    """
    if capacity.reasons or capacity.min_edge_bps is None or capacity.min_edge_bps > max_edge_bps:
        return ZERO
    limits = (divide_down(multiply(cap.limit, unit_notional), cap.per_unit, scale) for cap in capacity.caps)
    return min(limits, default=None)
