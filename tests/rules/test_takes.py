"""The sizes of takes: no dust, whatever is taken in whichever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.takes import take_size, valid_sizes

UNITS = st.integers(1, 200)


@pytest.mark.parametrize(
    ("left", "minimum", "sizes"),
    [
        (100, 1, ((1, 100),)),
        (1, 1, ((1, 1),)),
        (100, 10, ((10, 90), (100, 100))),
        (21, 10, ((10, 11), (21, 21))),
        (20, 10, ((10, 10), (20, 20))),
        (19, 10, ((19, 19),)),
        (10, 10, ((10, 10),)),
        (9, 10, ((9, 9),)),
    ],
)
def test_sizes_leave_the_minimum_or_nothing(left, minimum, sizes) -> None:
    assert valid_sizes(left, minimum) == sizes


@pytest.mark.parametrize(
    ("wanted", "size"), [(0, 0), (9, 0), (10, 10), (89, 89), (90, 90), (91, 90), (99, 90), (100, 100), (500, 100)]
)
def test_a_take_gets_the_largest_valid_size_within_what_is_wanted(wanted, size) -> None:
    assert take_size(wanted, 100, 10) == size


@given(UNITS, UNITS, UNITS)
def test_a_size_is_valid_never_more_than_wanted_and_more_for_who_wants_more(wanted, left, minimum) -> None:
    size = take_size(wanted, left, minimum)
    valid = {each for first, last in valid_sizes(left, minimum) for each in range(first, last + 1)}
    assert valid == {each for each in range(1, left + 1) if each == left or minimum <= each <= left - minimum}
    assert size == max((each for each in valid if each <= wanted), default=0)
    assert size <= take_size(wanted + 1, left, minimum)


@given(UNITS, UNITS, st.lists(UNITS, max_size=50))
def test_takes_in_any_order_leave_no_dust_and_somebody_can_always_take_the_rest(lot, minimum, wishes) -> None:
    left = lot
    for wanted in wishes:
        left -= take_size(wanted, left, minimum) if left else 0
        assert left in (0, lot) or left >= minimum
    if left:
        assert take_size(left, left, minimum) == left
