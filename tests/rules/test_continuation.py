"""What the next step is reckoned to cost: a tenth of the way to what each cluster of takers was paid, within bounds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.continuation import EdgePaid, moved, of_lot
from auctions.rules.holds import Hold
from backstop.values.amounts import divide_even

RESERVE = Decimal(350)


def taken(*parts: tuple[int, str]) -> list[EdgePaid]:
    return [EdgePaid(Decimal(notional), Decimal(edge)) for notional, edge in parts]


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [
        ([], "350"),
        ([taken((1, "70"))], "322"),
        ([taken((1000, "70"))], "322"),
        ([taken((1, "70"), (3, "30"))], "319"),
        ([taken((1, "0")), taken((1, "100"))], "293.5"),
        ([taken((1, "100")), taken((1, "0"))], "292.5"),
        ([taken((1, "500"))], "350"),
        ([taken((1, "-4000"))], "0"),
    ],
)
def test_each_cluster_moves_it_a_tenth_of_the_way_once(clusters: list[list[EdgePaid]], expected: str) -> None:
    assert moved(RESERVE, clusters, RESERVE) == Decimal(expected)


def test_it_is_rounded_half_even_each_time() -> None:
    assert moved(Decimal("0.0005"), [taken((1, "0"))], RESERVE) == Decimal("0.0004"), "0.00045"
    assert moved(Decimal("0.0015"), [taken((1, "0"))], RESERVE) == Decimal("0.0014"), "0.00135"
    assert divide_even(25, 1000, 2) == Decimal("0.02")
    assert divide_even(35, 1000, 2) == Decimal("0.04")
    assert divide_even(-25, 1000, 2) == Decimal("-0.02")


def test_a_lot_of_several_groups_has_their_mean_by_notional() -> None:
    assert of_lot(taken((3, "100"), (1, "200"))) == 125
    assert of_lot(taken((2, "1"), (1, "0"))) == Decimal("0.6667")


edges = st.decimals(-1000, 1000, places=4)


@given(st.decimals(0, 350, places=4), st.lists(st.tuples(st.integers(1, 10**9), edges), min_size=1, max_size=3))
def test_it_stays_within_zero_and_the_reserve_and_between_itself_and_what_moved_it(
    edge: Decimal, parts: list[tuple[int, Decimal]]
) -> None:
    after = moved(edge, [[EdgePaid(Decimal(notional), paid) for notional, paid in parts]], RESERVE)
    assert 0 <= after <= RESERVE
    paid = [one for _, one in parts]
    assert min(edge, *paid, RESERVE) <= after or after == 0
    assert after <= max(edge, *paid, Decimal(0))


amounts = st.decimals(0, 1000, places=6)


@given(amounts, amounts, amounts, st.decimals(0, 100, places=4), st.sampled_from([100, 300, 400]), amounts)
def test_most_units_is_as_many_as_their_hold_fits(
    unit: Decimal, exposure: Decimal, base: Decimal, pay: Decimal, drift: int, free: Decimal
) -> None:
    hold, terms = Hold(unit, exposure, base), (pay, Decimal(drift), Decimal(300))
    most = hold.most_units(free, *terms)
    if most is None:
        assert hold.of_bid(10**6, *terms, 6) <= free
    else:
        assert most == 0 or hold.of_bid(most, *terms, 6) <= free
        assert hold.of_bid(most + 1, *terms, 6) > free
