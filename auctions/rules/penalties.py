"""What a failed settlement costs the provider whose fault it is."""

from decimal import Decimal

from backstop.values.amounts import round_down
from backstop.values.bps import of_notional


def penalty(notional_amount: Decimal, penalty_bps: Decimal, held: Decimal, scale: int) -> Decimal:
    """What a provider's fault costs it: `penalty_bps` of the award's notional, at most what it had held for it."""
    return min(round_down(of_notional(notional_amount, penalty_bps), scale), held)
