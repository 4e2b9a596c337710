"""What an award moves, how a book's money ends, and that nothing is made or lost on the way."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.budgets import Budget, LotMoney, reserve_edge, split_budget, split_edge
from auctions.rules.fund_draw import fund_need, fund_part
from auctions.rules.fund_inventory import fund_units
from auctions.rules.holds import hold_for
from auctions.rules.lots import slice_legs
from auctions.rules.residual import close_book
from auctions.rules.settlement import ExactFlows, award_flows, exact_flows, flows_after
from auctions.rules.valuation import Leg, drift_bps, value_book

A, B = UUID(int=1), UUID(int=2)
money = st.decimals(0, 10**6, places=3)


def D(text: str) -> Decimal:
    return Decimal(text)


def linear(quantity: str, side: str = "LONG", entry: str = "100") -> Leg:
    return Leg(A, "LINEAR", side, D(quantity), D("0.001"), D("0.1"), D(entry))


def spot(quantity: str) -> Leg:
    return Leg(B, "SPOT", "LONG", D(quantity), D("0.001"), D(0))


def test_a_long_gains_and_a_short_loses_by_hand() -> None:
    marks = {A: D(110), B: D(10)}
    value = value_book(D(5), [linear("2"), linear("1", "SHORT"), spot("3")], marks, 2)
    assert (value.settled, value.transfer_value, value.equity, value.notional) == (15, 30, 45, 360)


def test_an_award_moves_its_marks_change_its_value_and_its_edge() -> None:
    flows = award_flows([linear("2"), spot("3")], {A: D(100), B: D(10)}, {A: D(90), B: D(11)}, D(100), 2)
    assert flows.profit == -20
    assert flows.value_paid == flows.value_received == 33
    assert flows.edge_paid == flows.edge_received == D("2.13")
    assert flows.margin == 18
    assert flows.needed_of_provider == 51


def test_dust_is_nobodys_disadvantage() -> None:
    flows = award_flows([linear("0.001", entry="1")], {A: D("1.1")}, {A: D("1.3")}, D(333), 3)
    assert (flows.edge_paid, flows.edge_received, flows.profit) == (D(0), D("0.001"), D("0.001"))
    pays = award_flows([linear("0.001", entry="1")], {A: D("1.1")}, {A: D("1.3")}, D(-333), 3)
    assert (pays.edge_paid, pays.edge_received) == (D("-0.001"), D(0)), "the estate gets a fraction more, it pays less"


def test_the_order_of_the_close_by_hand() -> None:
    amounts = {"fund_limit": D(100), "fund_free": D(1000)}
    close = close_book(estate=D(500), debt=D(300), advanced=D(50), fee=D(200), **amounts)
    assert (close.advances_repaid, close.debt_repaid, close.fee, close.residual) == (50, 300, 150, 0)
    poor = close_book(estate=D(20), debt=D(300), advanced=D(50), fee=D(200), **amounts)
    assert (poor.advances_repaid, poor.debt_covered, poor.debt_lost, poor.fee) == (20, 70, 230, 0)


@given(estate=money, debt=money, advanced=money, fund_limit=money, fund_free=money, fee=money)
def test_the_close_shares_out_exactly_what_is_there(estate, debt, advanced, fund_limit, fund_free, fee) -> None:
    fund_limit = max(fund_limit, advanced)
    close = close_book(estate=estate, debt=debt, advanced=advanced, fund_limit=fund_limit, fund_free=fund_free, fee=fee)
    assert min(vars_of(close)) >= 0
    assert close.advances_repaid + close.debt_repaid + close.fee + close.residual == estate
    assert close.debt_repaid + close.debt_covered + close.debt_lost == debt
    assert advanced - close.advances_repaid + close.debt_covered <= fund_limit
    assert close.debt_covered <= fund_free + close.advances_repaid
    assert not (close.residual and (close.debt_lost or close.debt_covered))


@given(
    estate=money,
    debt=money,
    advanced=money,
    more=money,
    fund_free=money,
    fee=money,
    kept=money,
    part=st.fractions(0, 1),
)
def test_what_clearing_advanced_of_what_was_kept_changes_nobodys_share(
    estate, debt, advanced, more, fund_free, fee, kept, part
) -> None:
    """It came in where the estate lacked something, which would have been a debt."""
    before = D(int(part * int(kept)))
    terms = {
        "estate": estate, "advanced": advanced, "fund_limit": advanced + more, "fund_free": fund_free, "fee": fee
    }  # fmt: skip
    early = close_book(**terms, debt=debt, liable=kept, kept_advanced=before)
    late = close_book(**terms, debt=debt + before, liable=kept)
    assert early.made_good + before == late.made_good
    assert (early.debt_lost, early.fee, early.residual) == (late.debt_lost, late.fee, late.residual)
    assert early.debt_covered - early.advances_repaid == late.debt_covered - late.advances_repaid, "the fund's"
    assert -before <= early.made_good <= kept - before
    assert early.advances_repaid + early.debt_repaid + early.fee + early.residual == estate + early.made_good


def vars_of(close) -> list[Decimal]:
    return [getattr(close, name) for name in close.__slots__]


@given(st.integers(1, 60), st.lists(st.integers(1, 20), max_size=20), st.integers(0, 500))
def test_awards_of_a_lot_are_exactly_the_lot(units, sizes, more_steps) -> None:
    legs = [linear(str(D(units + more_steps).scaleb(-3))), spot(str(D(units + 3 * more_steps).scaleb(-3)))]
    first, given_ = 0, {A: D(0), B: D(0)}
    for size in [*sizes, units]:
        count = min(size, units - first)
        if count:
            parts = slice_legs(legs, first, count, units)
            assert len(parts) == 2, "no unit lacks a leg"
            for leg in parts:
                given_[leg.instrument_id] += leg.quantity
        first += count
    assert given_ == {A: legs[0].quantity, B: legs[1].quantity}


@given(
    equity=st.decimals(-(10**6), 10**6, places=3),
    estate=money,
    kept=money,
    weights=st.lists(st.tuples(st.decimals(1, 10**6, places=3), st.booleans()), min_size=1, max_size=6),
)
def test_budgets_never_exceed_equity_and_what_was_kept(equity, estate, kept, weights) -> None:
    lots = [LotMoney(weight, weight if coins else D(0)) for weight, coins in weights]
    budgets = split_budget(equity, estate, kept, lots, 3)
    assert sum(each.equity for each in budgets) <= max(equity, D(0)) + kept
    assert sum(each.in_estate for each in budgets) <= min(estate, max(equity, D(0)))
    assert all(each.in_estate <= each.equity for each in budgets)
    without = split_budget(equity, estate, D(0), lots, 3)
    assert [each.in_estate for each in budgets] == [each.in_estate for each in without]
    assert sum(more.equity - less.equity for more, less in zip(budgets, without, strict=True)) == kept


@given(edge=st.decimals(-100, 1000, places=3), equity=money, held=money, fund=money, incoming=money, kept=money)
def test_an_edge_is_never_paid_with_more_than_there_is(edge, equity, held, fund, incoming, kept) -> None:
    parts = split_edge(edge, Budget(equity, min(held, equity), fund), incoming, kept)
    assert 0 <= parts.equity <= equity
    assert 0 <= parts.in_estate <= min(held, equity)
    assert parts.equity - parts.in_estate <= incoming + kept
    assert 0 <= parts.fund <= fund
    assert parts.equity + parts.fund <= max(edge, D(0))
    if kept >= equity:
        assert parts.equity == min(equity, max(edge, D(0))), "clearing advances all that was kept"


@given(
    first=st.integers(0, 99),
    count=st.integers(1, 100),
    edge=st.decimals(-300, 300, places=4),
    drift=st.integers(-300, 300),
    steps=st.integers(100, 5000),
)
def test_a_hold_covers_its_award_within_the_drift(first, count, edge, drift, steps) -> None:
    count = min(count, 100 - first)
    legs = [linear(str(D(steps).scaleb(-3))), spot(str(D(steps + 7).scaleb(-3)))]
    opening = {A: D("123.45"), B: D("6.789")}
    now = {key: price * (10000 + drift) / 10000 for key, price in opening.items()}
    held = hold_for(legs, opening, 100, D(300), 6).of(count, max(-edge, D(0)), 6)
    flows = award_flows(slice_legs(legs, first, count, 100), opening, now, edge, 6)
    assert flows.needed_of_provider <= held


def test_at_equality_everything_fits() -> None:
    assert fund_units(10, D(100), D(0), D(1000), D(0)) == 10
    assert fund_units(10, D(100), D(0), D("999.99"), D(0)) == 9
    assert fund_units(10, D(100), D(50), D(10000), D(500)) == 10
    assert fund_units(10, D(100), D(50), D(-1), D(-1)) == 0
    assert reserve_edge(D(100), Budget(D(10), D(10), D(0)), D(1000)) == 100
    assert drift_bps({A: D(100)}, {A: D(103)}) == 300


@pytest.mark.parametrize(
    ("wished", "free", "rooms", "part"),
    [("4", "9", "5", 4), ("5", "5", "5", 5), ("9", "9", "5", 5), ("9", "3", "5", 3), ("9", "-1", "5", 0)],
)
def test_a_fund_pays_what_is_wished_within_every_limit_and_what_is_free(wished, free, rooms, part) -> None:
    assert fund_part(D(wished), D(free), [D(rooms), D(6)]) == part
    assert fund_part(D(wished), D(free), [D(6), D(rooms)]) == part


def test_a_lot_needs_of_the_fund_what_its_own_money_does_not_pay() -> None:
    assert fund_need(D(40_000), D(350), D(400), 2) == 1000
    assert fund_need(D(40_000), D(100), D(400), 2) == fund_need(D(40_000), D(99), D(400), 2) == 0
    assert fund_need(D("0.01"), D(1), D(0), 2) == D("0.01")


NAMES = ("profit", "value_paid", "value_received", "edge_paid", "edge_received", "margin")
pieces = st.tuples(st.integers(1, 9), st.decimals(-300, 300, places=4), st.integers(90, 110))


@given(cuts=st.lists(pieces, min_size=1, max_size=12), scale=st.integers(0, 3))
def test_into_however_many_awards_it_is_cut_the_same_is_moved(cuts, scale) -> None:
    """And what each moves is within what was held for it."""
    settled, moved = ExactFlows(), dict.fromkeys(NAMES, D(0))
    for steps, edge, mark in cuts:
        legs = [linear(str(D(steps).scaleb(-3))), spot(str(D(steps).scaleb(-3)))]
        marks = {A: D(mark), B: D(mark) / 10}
        exact = exact_flows(legs, {A: D(100), B: D(10)}, marks, edge)
        flows = flows_after(settled, exact, scale)
        alone = award_flows(legs, {A: D(100), B: D(10)}, marks, edge, scale)
        assert flows.margin + flows.value_paid - min(flows.edge_received, 0) <= alone.needed_of_provider
        for name in NAMES:
            assert abs(getattr(flows, name) - getattr(alone, name)) <= D(1).scaleb(-scale)
            moved[name] += getattr(flows, name)
        settled = settled.plus(exact)
    whole = flows_after(ExactFlows(), settled, scale)
    assert moved == {name: getattr(whole, name) for name in NAMES}


def test_a_hundred_halves_earn_fifty() -> None:
    settled, earned = ExactFlows(), []
    for _ in range(100):
        flows = flows_after(settled, ExactFlows(edge=D("0.5")), 0)
        settled = settled.plus(ExactFlows(edge=D("0.5")))
        earned.append((flows.edge_received, flows.edge_paid))
    assert [sum(side) for side in zip(*earned, strict=True)] == [50, 50]
