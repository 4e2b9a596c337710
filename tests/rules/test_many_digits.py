"""Amounts of more digits than Python's own context has are taken in and out whole."""

from decimal import Decimal

from auctions.models import Cap, Lot
from auctions.rules.budgets import Budget, EdgeParts, split_edge
from auctions.rules.residual import close_book

MANY = Decimal("123456789012345.000000000000000001")
ZERO = Decimal(0)


def test_what_is_released_under_a_cap_leaves_nothing_behind() -> None:
    cap = Cap(limit=MANY, outstanding=MANY)
    cap.release(MANY)
    assert cap.outstanding == 0


def test_a_budget_that_is_spent_is_spent() -> None:
    lot = Lot(equity_budget=MANY, estate_held=MANY)
    lot.spend(EdgeParts(MANY, MANY, MANY))
    assert (lot.equity_budget, lot.estate_held) == (0, 0)
    assert split_edge(MANY, Budget(MANY, MANY, MANY), ZERO, ZERO) == EdgeParts(MANY, MANY, ZERO)


def test_the_close_of_a_book_shares_out_every_digit() -> None:
    close = close_book(estate=MANY, debt=MANY, advanced=ZERO, fee=ZERO, fund_limit=ZERO, fund_free=ZERO)
    assert (close.debt_repaid, close.debt_lost, close.residual) == (MANY, 0, 0)
