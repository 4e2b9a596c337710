"""Budgets follow risk, and are marked when they are used."""

from dataclasses import replace
from decimal import Decimal as D
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.budgets import Budget, gained_by_award, own_at, risk_weights, share_at, smallest_rate
from auctions.rules.valuation import Leg

A, B = UUID(int=1), UUID(int=2)
MARKS = {A: D(90_000), B: D(100)}
BITCOIN = Leg(A, "LINEAR", "LONG", D(1), D("0.001"), D("0.01"), D(90_000))
ALT = Leg(B, "LINEAR", "SHORT", D(100), D(1), D("0.1"), D(100))
money = st.decimals(0, 10**9, places=3)


def test_risk_is_notional_times_margin_rate() -> None:
    assert risk_weights([[BITCOIN], [ALT]], MARKS, D("0.01")) == [900, 1000]


def test_a_rate_of_zero_counts_as_the_smallest_and_of_nothing_but_zeros_notionals_weigh() -> None:
    free, both = replace(ALT, margin_rate=D(0)), [replace(one, margin_rate=D(0)) for one in (BITCOIN, ALT)]
    assert smallest_rate([BITCOIN, free]) == D("0.01")
    assert risk_weights([[BITCOIN], [free]], MARKS, D("0.01")) == [900, 100]
    assert smallest_rate(both) is None
    assert risk_weights([[both[0]], [both[1]]], MARKS, None) == [90_000, 10_000]


def test_an_award_takes_the_gain_of_its_legs_and_costs_its_edge() -> None:
    marks = {A: D(91_000), B: D(101)}
    assert gained_by_award([BITCOIN, ALT], MARKS, marks, D(10)) == 1000 - 100 - D("101.1")


@given(set_budget=money, equity=st.decimals(-(10**9), 10**9, places=3), weights=st.lists(money, min_size=1, max_size=5))
def test_own_is_never_above_what_was_set_nor_all_together_above_what_is_left(set_budget, equity, weights) -> None:
    budget = Budget(equity=set_budget, in_estate=set_budget, fund=D(7))
    marked = [own_at(budget, share_at(equity, weights, place, 3)) for place in range(len(weights))]
    assert all(0 <= each.in_estate <= each.equity <= set_budget for each in marked)
    assert sum(each.equity for each in marked) <= max(equity, D(0))
    assert {each.fund for each in marked} == {7}


def test_at_equality_of_budget_and_share_all_of_it_is_own() -> None:
    budget = Budget(equity=D(50), in_estate=D(20), fund=D(0))
    assert own_at(budget, share_at(D(100), [D(1), D(1)], 0, 3)) == budget
    assert own_at(budget, share_at(D("99.998"), [D(1), D(1)], 0, 3)) == replace(budget, equity=D("49.999"))
    assert own_at(budget, share_at(D(0), [D(1), D(1)], 0, 3)) == Budget(D(0), D(0), D(0))
    assert own_at(budget, share_at(D(100), [D(0), D(0)], 0, 3)).equity == 0
