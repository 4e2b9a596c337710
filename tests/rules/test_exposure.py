"""What a cluster may still be given within its limits: at equality, in both directions, by brute force."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.exposure import (
    Exposure,
    Limits,
    Piece,
    PricedTaking,
    binding_limits,
    equity_of,
    exposure_of,
    notional_that_fits,
    units_that_fit,
)

ALICE, BOB = UUID(int=1), UUID(int=2)
D = Decimal


def piece(notional: str | int, who: UUID = ALICE, instrument: int = 1, group: int = 1) -> Piece:
    return Piece(who, UUID(int=group), UUID(int=instrument), D(notional))


def fit(held, lot, gross=None, net=None, *, units=10, of_units=10, offered="0") -> int:
    limits = Limits(None if gross is None else D(gross), None if net is None else D(net))
    return units_that_fit(held, D(offered), limits, lot, of_units, units)


def test_equal_to_a_limit_fits_and_a_fraction_less_does_not() -> None:
    assert fit([], [piece(100)], gross=100) == 10
    assert fit([], [piece(100)], gross="99.999999") == 9
    assert fit([], [piece(100)], net=70) == 7
    assert fit([piece(1)], [piece(100)], gross=100) == 9
    assert fit([], [piece(100)], gross=100, offered="10") == 9
    assert fit([], [piece(100)], gross=0) == 0


def test_a_lot_that_is_not_cut_evenly_fits_exactly() -> None:
    assert fit([], [piece(100)], gross=100, units=3, of_units=3) == 3


def test_firms_do_not_net_against_each_other_nor_do_product_groups() -> None:
    assert exposure_of([piece(100), piece(-40, instrument=2)]) == Exposure(D(140), D(60))
    assert exposure_of([piece(100), piece(-40, BOB)]) == Exposure(D(140), D(140))
    assert exposure_of([piece(100), piece(-40, instrument=2, group=2)]) == Exposure(D(140), D(140))


def test_what_lowers_both_always_fits_and_what_turns_too_far_does_not() -> None:
    """Held 100 short; 190 units of 1 would leave 90 long: less than before. 200 would leave as much."""
    assert fit([piece(-100)], [piece(200)], gross=0, net=0, units=200, of_units=200) == 199
    assert fit([piece(-100)], [piece(-10)], gross=50) == 0


def test_what_lowers_only_one_of_both_needs_room() -> None:
    """It offsets what is held in another instrument: net falls, gross rises."""
    assert fit([piece(-100)], [piece(50, instrument=2)], gross=100, net=100) == 0
    assert fit([piece(-100)], [piece(50, instrument=2)], gross=150, net=100) == 10


@given(
    held=st.lists(st.tuples(st.integers(-50, 50), st.sampled_from([ALICE, BOB]), st.integers(1, 3)), max_size=5),
    lot=st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 3)), min_size=1, max_size=3),
    gross=st.none() | st.integers(0, 120),
    net=st.none() | st.integers(0, 120),
    offered=st.integers(0, 10),
)
def test_no_count_above_the_answer_fits_and_the_answer_does(held, lot, gross, net, offered) -> None:
    have = [piece(notional, who, instrument, instrument % 2) for notional, who, instrument in held]
    whole = [piece(notional, ALICE, instrument, instrument % 2) for notional, instrument in lot]

    def fits(count: int) -> bool:
        part = [piece(x.notional * count / 8, ALICE, x.instrument_id.int, x.product_group_id.int) for x in whole]
        before, after = exposure_of(have), exposure_of([*have, *part])
        within = all(
            limit is None or side + offered <= limit for side, limit in ((after.gross, gross), (after.net, net))
        )
        return within or (after.gross < before.gross and after.net < before.net)

    answer = fit(have, whole, gross, net, units=8, of_units=8, offered=str(offered))
    if (gross, net) == (None, None):
        assert answer == 8
    else:
        assert answer == max((count for count in range(1, 9) if fits(count)), default=0)


def test_equity_is_margin_and_profit_of_the_newest_that_is_still_held() -> None:
    taken = [PricedTaking(D(2), D(110), D(22)), PricedTaking(D(2), D(100), D(20)), PricedTaking(D(-1), D(90), D(9))]
    assert equity_of(D(4), D(105), taken, 6) == 42 + 10 - 10
    assert equity_of(D(3), D(105), taken, 6) == 22 - 10 + 10 + 5
    assert equity_of(D(2), D(105), taken, 6) == 22 - 10, "the newest are held"
    assert equity_of(D(1), D(105), taken, 6) == 11 - 5
    assert equity_of(D(9), D(100), taken, 6) == 42 - 20
    assert equity_of(D(-1), D(100), taken, 6) == 9 - 10
    assert equity_of(D(0), D(100), taken, 6) == 0
    assert equity_of(D(3), D(100), [PricedTaking(D(3), None, None)], 6) == 0


def test_what_remains_is_the_most_that_the_rule_lets_in_whichever_way_it_points() -> None:
    held, like = [piece(60), piece(-30, instrument=2)], piece("0.01")

    def left(gross: str | None, net: str | None, offered: int = 0) -> D:
        limits = Limits(gross and D(gross), net and D(net))
        return notional_that_fits(held, D(offered), limits, like, 2)

    assert left("100.5", None) == D("10.5"), "short, 190.5 would fit"
    assert left(None, "31") == 1
    assert left("100.5", "31", offered=1) == 0
    assert left("0", "0") == 0


def test_a_limit_binds_where_more_fitted_without_it_and_both_where_it_takes_both() -> None:
    held, like = [piece(60), piece(-30, instrument=2)], piece("0.01")

    def binding(gross: str | None, net: str | None) -> set[str]:
        limits = Limits(gross and D(gross), net and D(net))
        return set(binding_limits(held, D(0), limits, like, 2))

    assert binding("100", None) == {"gross"}
    assert binding(None, "100") == {"net"}
    assert binding("100", "39.99") == {"net"}
    assert binding("100", "40") == {"gross", "net"}
    assert binding("100", "40.01") == {"gross"}
    assert binding("0", "0") == {"gross", "net"}
    assert binding(None, None) == set()
