"""How much of a lot the insurance fund takes over: within its inventory limit, and what its cash pays for."""

from decimal import Decimal

from backstop.values.amounts import ZERO, whole_times


def fund_units(units: int, unit_notional: Decimal, unit_cost: Decimal, room: Decimal, cash: Decimal) -> int:
    """How many of `units` the fund takes: as far as its inventory limit has `room` and its free `cash` pays for spot.

    Equality fits. `unit_cost` is what a unit's spot is worth; nothing for contracts.
    """
    fitting = units if unit_notional == 0 else min(units, whole_times(max(room, ZERO), unit_notional))
    return fitting if unit_cost == 0 else min(fitting, whole_times(max(cash, ZERO), unit_cost))
