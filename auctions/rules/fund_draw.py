"""The insurance fund's draw: how much of it may go into the edges of one book."""

from collections.abc import Sequence
from decimal import Decimal

from auctions.rules.budgets import Budget
from backstop.values.amounts import ZERO, difference, multiply, round_up
from backstop.values.bps import of_notional, one_plus


def fund_need(notional: Decimal, cap_bps: Decimal, buffer_bps: Decimal, own: Sequence[Budget], scale: int) -> Decimal:
    """What the fund must hold ready so that a book can pay `cap_bps` on all of its `notional`, within a drift of
    `buffer_bps`, beyond what the lots' own budgets pay. More would only keep it from other books."""
    dearest = multiply(of_notional(notional, cap_bps), one_plus(buffer_bps))
    return max(round_up(difference(dearest, *(budget.equity for budget in own)), scale), ZERO)


def fund_draw(need: Decimal, draw_limit: Decimal, free: Decimal) -> Decimal:
    """What a book draws: what it needs, at most the playbook's limit for one book and what is free in the fund."""
    return max(min(need, draw_limit, free), ZERO)
