"""What counts under a cap, and what still fits."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.caps import fits, outstanding

D = Decimal
amounts = st.decimals(0, 10**9, places=6)


def test_up_to_the_limit_exactly_it_fits() -> None:
    assert fits(limit=D(100), already=D(60), more=D(40))
    assert not fits(limit=D(100), already=D(60), more=D("40.000001"))


def test_nothing_always_fits_and_a_limit_of_zero_takes_nothing_else() -> None:
    assert fits(limit=D(0), already=D(60), more=D(0))
    assert not fits(limit=D(0), already=D(0), more=D("0.000001"))


def test_a_third_of_ten_counts_a_fraction_more() -> None:
    assert outstanding(D(10), 1, 3, scale=2) == D("3.34")
    assert outstanding(D(10), 3, 3, scale=2) == D(10)


@given(amounts, st.integers(1, 1000), st.data())
def test_it_shrinks_with_every_unit_that_leaves_and_ends_at_nothing(
    notional: D, units: int, data: st.DataObject
) -> None:
    some = data.draw(st.integers(0, units))
    fewer = data.draw(st.integers(0, some))
    assert outstanding(notional, fewer, units, 6) <= outstanding(notional, some, units, 6) <= notional
    assert outstanding(notional, 0, units, 6) == 0
    assert outstanding(notional, units, units, 6) == notional
