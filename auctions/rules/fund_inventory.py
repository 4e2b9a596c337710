"""How much of a lot the insurance fund takes over, within its inventory limit and what its cash pays for; and at what
edge, for the last resort is paid too."""

from decimal import Decimal

from backstop.values.amounts import ZERO, divide_down, multiply, whole_times
from backstop.values.bps import affordable_edge


def fund_units(units: int, unit_notional: Decimal, unit_cost: Decimal, room: Decimal, cash: Decimal) -> int:
    """How many of `units` the fund takes: as far as its inventory limit has `room` and its free `cash` pays for spot.

    Equality fits. `unit_cost` is what a unit's spot is worth; nothing for contracts.
    """
    fitting = units if unit_notional == 0 else min(units, whole_times(max(room, ZERO), unit_notional))
    return fitting if unit_cost == 0 else min(fitting, whole_times(max(cash, ZERO), unit_cost))


def full_edge(fund_edge_bps: Decimal, dutch_cap_bps: Decimal) -> Decimal:
    """What the fund asks for: its edge, and no more than others could have been paid."""
    return min(fund_edge_bps, dutch_cap_bps)


def last_resort_edge(
    full_bps: Decimal, own: Decimal, units: int, units_left: int, notional: Decimal, scale: int
) -> Decimal:
    """What the fund earns for `units` worth `notional` (> 0) of the `units_left`: as much of what it asks for as their
    share of the lot's `own` money affords. The fund pays nothing of it to itself."""
    share = divide_down(multiply(own, units), units_left, scale)
    return min(full_bps, affordable_edge(share, notional))
