"""What a provider may be called for beyond what it contributed, once by an event and twice in thirty days; and what
becomes of that when something comes back."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.sharing.assessments import Call, lower_calls, most_assessable
from backstop.values.splitting import split_units, split_within


@pytest.mark.parametrize(
    ("contribution", "called", "most"),
    [("100", "0", "100"), ("100", "100", "100"), ("100", "150", "50"), ("100", "200", "0"), ("100", "201", "0")],
)
def test_it_is_at_most_the_contribution_and_twice_that_in_the_period(contribution, called, most) -> None:
    assert most_assessable(D(contribution), D(called)) == D(most)


def lowered(calls, unpaid, came_back) -> list[tuple[D, D]]:
    """What each has back, at most, and owes then: of calls for so much, with what each stakes and owes."""
    stand = [Call(D(amount), D(stakes), D(owes)) for amount, stakes, owes in calls]
    return [(each.returnable, each.owes) for each in lower_calls(stand, D(unpaid), D(came_back), 0)]


PAID, OVERDUE = ("30", "30", "0"), ("15", "0", "15")


@pytest.mark.parametrize(
    ("came_back", "becomes"),
    [
        ("0", [(0, 0), (0, 15)]),
        ("3", [(2, 0), (0, 14)]),
        ("15", [(10, 0), (0, 10)]),
        ("30", [(20, 0), (0, 5)]),
        ("45", [(30, 0), (0, 0)]),
        ("46", [(30, 0), (0, 0)]),
    ],
)
def test_who_is_overdue_owes_its_part_of_what_is_left_to_bear(came_back, becomes) -> None:
    assert lowered([PAID, OVERDUE], "15", came_back) == becomes


def test_what_nobody_could_be_called_for_comes_back_before_any_call_is_lowered() -> None:
    assert lowered([PAID, OVERDUE], "115", "100") == [(0, 0), (0, 15)]
    assert lowered([PAID, OVERDUE], "115", "115") == [(10, 0), (0, 10)]


def test_what_is_due_is_lowered_as_what_is_paid_is_given_back() -> None:
    assert lowered([PAID, ("15", "15", "0")], "0", "15") == [(10, 0), (5, 0)]


def test_who_paid_a_part_of_what_is_overdue_has_nothing_back_while_it_owes_its_part() -> None:
    assert lowered([PAID, ("15", "5", "10")], "10", "15") == [(10, 0), (0, 5)]
    assert lowered([PAID, ("15", "14", "1")], "1", "30") == [(20, 0), (9, 0)]


def test_of_no_calls_nothing_is_lowered() -> None:
    assert lower_calls([], D(5), D(3), 0) == []


@given(
    st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 1000)), min_size=1, max_size=6),
    st.lists(st.integers(0, 500), max_size=5),
    st.randoms(use_true_random=False),
)
def test_once_all_paid_late_everybody_bears_what_it_would_had_all_paid_in_time(called, recoveries, random) -> None:
    """Each is called for an amount, of which it has so much when it is due; then money comes back, and late, in any
    order and in parts. Whoever paid late never bears less, but for one smallest amount of rounding at each recovery."""
    amounts = [amount for amount, _ in called]
    borne = [min(amount, has) for amount, has in called]
    owed = [amount - paid for amount, paid in zip(amounts, borne, strict=True)]
    unpaid = sum(owed)

    def come_back(amount: int) -> None:
        nonlocal unpaid
        calls = [Call(D(a), D(b), D(o)) for a, b, o in zip(amounts, borne, owed, strict=True)]
        after = lower_calls(calls, D(unpaid), D(amount), 0)
        owed[:] = [int(each.owes) for each in after]
        to_nobody = min(unpaid, amount)
        unpaid -= to_nobody
        left = min(amount - to_nobody, sum(borne))
        back = split_within(left, [each.returnable for each in after], [int(each.returnable) for each in after])
        assert sum(back) == left, "all of it goes to who bears more than its part"
        borne[:] = [bears - part for bears, part in zip(borne, back, strict=True)]

    def pay_late(at: int, amount: int) -> None:
        owed[at] -= amount
        borne[at] += amount
        come_back(amount)

    happens = [*(("comes back", amount) for amount in recoveries), *(("pays", at) for at in range(len(called)))]
    random.shuffle(happens)
    for what, value in happens:
        if what == "comes back":
            come_back(value)
        else:
            pay_late(value, random.randint(0, owed[value]))
    for at in range(len(called)):
        pay_late(at, owed[at])
    parts = split_units(max(sum(amounts) - sum(recoveries), 0), amounts)
    assert owed == [0] * len(called)
    slack = len(recoveries) + 1
    assert all(abs(bears - part) <= slack for bears, part in zip(borne, parts, strict=True))
    assert sum(borne) + unpaid == sum(parts)
