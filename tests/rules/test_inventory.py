"""What the fund holds, take-over by take-over."""

from dataclasses import replace
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.fund_inventory import full_edge, last_resort_edge
from auctions.rules.inventory import Movement, Stock, gain_of, movement, result_of

quantities = st.decimals("0.001", 1000, places=3)
prices = st.decimals("0.0001", 100_000, places=4)
STOCK = Stock("LONG", D(2), D(2), D(40_000), D(0), D(0))


@given(
    side=st.sampled_from(["LONG", "SHORT"]),
    quantity=quantities,
    cost=prices,
    path=st.lists(prices, min_size=1, max_size=6),
)
def test_at_which_marks_it_was_looked_at_makes_no_difference(side, quantity, cost, path) -> None:
    stock, moved = Stock(side, quantity, quantity, quantity * cost, D(0), D(0)), D(0)
    for price in path:
        moved += movement(gain_of(stock, price, 2), moved, D(10) ** 12).amount
    assert moved == gain_of(stock, path[-1], 2)


@given(quantity=quantities, cost=prices, price=prices)
def test_what_one_side_gains_the_other_loses_but_for_a_fraction(quantity, cost, price) -> None:
    long, short = (Stock(side, quantity, quantity, quantity * cost, D(0), D(0)) for side in ("LONG", "SHORT"))
    assert D("-0.01") <= gain_of(long, price, 2) + gain_of(short, price, 2) <= 0


def test_what_went_gains_no_more() -> None:
    sold = replace(STOCK, left=D(1), proceeds=D(15_000), edges=D(150))
    assert gain_of(sold, D(16_000), 2) == -9000
    assert result_of(sold, D(16_000), 2) == -9150
    gone = replace(sold, left=D(0), proceeds=D(31_000))
    assert {gain_of(gone, price, 2) for price in (D(1), D(99_999))} == {D(-9000)}


@given(gain=st.integers(-1000, 1000), moved=st.integers(-1000, 1000), free=st.integers(-10, 1000))
def test_a_loss_is_moved_as_far_as_it_is_free_and_the_rest_is_unpaid(gain, moved, free) -> None:
    due = movement(D(gain), D(moved), D(free))
    assert moved + due.amount - due.unpaid == gain
    assert due.amount >= min(gain - moved, 0)
    assert due.unpaid >= 0
    assert due.amount >= -max(free, 0)
    assert due.unpaid == 0 or due.amount == -max(free, 0)


def test_exactly_what_is_free_is_moved_whole() -> None:
    assert movement(D(-100), D(0), D(100)) == Movement(D(-100), D(0))
    assert movement(D(-100), D(0), D("99.99")) == Movement(D("-99.99"), D("0.01"))


def test_the_last_resort_earns_what_it_asks_for_or_what_the_lot_affords() -> None:
    assert full_edge(D(500), D(400)) == 400
    assert last_resort_edge(D(500), D(2000), 100, 100, D(40_000), 2) == 500
    assert last_resort_edge(D(500), D("1999.99"), 100, 100, D(40_000), 2) == D("499.9975")
    assert last_resort_edge(D(500), D(1000), 50, 100, D(20_000), 2) == 250
    assert last_resort_edge(D(500), D(0), 50, 100, D(20_000), 2) == 0
