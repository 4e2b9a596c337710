"""Cut back: no unit is bought that is dearer to the whole bill than what the next step costs."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, Outcome, PriceRule, Result, clear
from backstop.values.amounts import multiply, total
from tests.rules.market import bid, in_order, selling, units_of
from tests.rules.strategies import bid_lists, edges, term_sheets


def cutting(auction_format: Format, units: int, continuation: int, **more: Any) -> ClearingTerms:
    return selling(auction_format, units, 350, continuation_edge_bps=Decimal(continuation), **more)


def paid(outcome: Outcome) -> Decimal:
    return total(outcome.payments.values())


def bill(outcome: Outcome, cut_edge: Decimal) -> Decimal:
    return total([paid(outcome), multiply(outcome.unfilled_units, cut_edge)])


class TestExamples:
    def test_one_dear_unit_is_not_bought_at_the_price_of_all(self) -> None:
        outcome = clear(cutting(Format.UNIFORM, 100, 350), in_order(("Alice", 99, 30), ("Bob", 1, 350)))
        assert (units_of(outcome), paid(outcome)) == ({"Alice": 99}, 2970)
        assert (outcome.cut, outcome.filling_edge_bps, outcome.unfilled_units) == ({"Bob": 1}, 350, 1)

    def test_three_clusters_of_which_one_is_dear_pay_2970(self) -> None:
        bids = in_order(("Alice", 50, 30), ("Bob", 49, 30), ("Charlie", 1, 350))
        assert paid(clear(selling(Format.UNIFORM, 100, 350), bids)) == 35_000
        outcome = clear(cutting(Format.UNIFORM, 100, 350), bids)
        assert (paid(outcome), outcome.cut) == (2970, {"Charlie": 1})

    @pytest.mark.parametrize(("continuation", "units", "sum_paid"), [(60, 100, 4000), (30, 10, 100)])
    def test_it_depends_on_what_the_next_step_costs(self, continuation: int, units: int, sum_paid: int) -> None:
        outcome = clear(cutting(Format.UNIFORM, 100, continuation), in_order(("Alice", 10, 10), ("Bob", 90, 40)))
        assert (sum(units_of(outcome).values()), paid(outcome)) == (units, sum_paid)

    def test_of_equal_bills_more_units_are_bought(self) -> None:
        bids = in_order(("Alice", 10, 10), ("Bob", 10, 20))
        assert units_of(clear(cutting(Format.UNIFORM, 20, 30), bids)) == {"Alice": 10, "Bob": 10}
        assert units_of(clear(cutting(Format.UNIFORM, 20, 29), bids)) == {"Alice": 10}

    def test_a_bid_at_the_cut_edge_exactly_is_bought_and_one_above_it_never(self) -> None:
        bids = in_order(("Alice", 10, 60), ("Bob", 10, 61))
        assert units_of(clear(cutting(Format.PAY_AS_BID, 20, 60), bids)) == {"Alice": 10}

    def test_where_everything_is_too_dear_nothing_is_sold_and_all_of_it_stays_firm(self) -> None:
        outcome = clear(cutting(Format.UNIFORM, 100, 60), in_order(("Alice", 70, 61), ("Bob", 70, 62)))
        assert (outcome.result, outcome.cut) == (Result.UNFILLED, {"Alice": 70, "Bob": 30})

    def test_the_first_rejected_edge_is_over_all_bids_cut_ones_too(self) -> None:
        terms = cutting(
            Format.UNIFORM, 100, 350, price_rule=PriceRule.FIRST_REJECTED, first_rejected_cap_bps=Decimal(5)
        )
        outcome = clear(terms, in_order(("Alice", 99, 30), ("Bob", 1, 350)))
        assert (outcome.clearing_edge_bps, outcome.cut) == (35, {"Bob": 1})

    def test_vickrey_is_not_cut(self) -> None:
        bids = in_order(("Alice", 99, 30), ("Bob", 1, 350))
        assert clear(cutting(Format.VICKREY, 100, 30), bids) == clear(selling(Format.VICKREY, 100, 350), bids)

    def test_no_later_pass_gets_what_a_pass_cut(self) -> None:
        bids = [bid("Alice", 50, 30, 1), bid("Bob", 40, 350, 2), bid("Charlie", 50, 351, 3, round=2)]
        terms = replace(cutting(Format.UNIFORM, 100, 350), reserve_edge_bps=Decimal(400))
        outcome = clear(terms, bids)
        assert (units_of(outcome), outcome.cut) == ({"Alice": 50}, {"Bob": 40, "Charlie": 10})


any_auction = st.booleans().flatmap(lambda packages: st.tuples(term_sheets(packages), bid_lists(packages), edges))


@given(any_auction)
def test_the_bill_is_never_above_that_without_cut_back(
    auction: tuple[ClearingTerms, list[ClearingBid], Decimal],
) -> None:
    terms, bids, continuation = auction
    if terms.format is Format.VICKREY:
        return
    cut = replace(terms, continuation_edge_bps=continuation)
    edge = cut.cut_edge_bps
    assert edge is not None
    outcome = clear(cut, bids)
    assert bill(outcome, edge) <= bill(clear(terms, bids), edge)
    asked = {each.id: each.units for each in bids}
    sold = units_of(outcome)
    assert all(sold.get(name, 0) + units <= asked[name] for name, units in outcome.cut.items())


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-2, 6)), min_size=1, max_size=5), st.integers(1, 9), edges)
def test_no_level_has_a_lower_bill(offered: list[tuple[int, int]], units: int, edge: Decimal) -> None:
    """Every level at which one could stop, tried: the cheapest units up to it, all at the last edge."""
    bids = in_order(*((f"b{place}", *each) for place, each in enumerate(offered)))
    outcome = clear(ClearingTerms(Format.UNIFORM, units, Decimal(400), continuation_edge_bps=edge), bids)
    asked = sorted(Decimal(each) for number, each in offered for _ in range(number))[:units]
    ways = [total([multiply(units - n, edge), multiply(n, asked[n - 1] if n else 0)]) for n in range(len(asked) + 1)]
    stops = [n for n in range(len(asked) + 1) if n in (0, len(asked)) or asked[n - 1] < asked[n]]
    best = min(ways[n] for n in stops)
    assert bill(outcome, min(edge, Decimal(400))) == best


def test_a_gap_is_said_only_where_it_bounds_the_bill() -> None:
    blocks = [ClearingBid(f"b{n}", f"b{n}", f"b{n}", 7 + n % 5, Decimal(5 + n), n, all_or_none=True) for n in range(40)]
    unproven = clear(cutting(Format.UNIFORM, 101, 350), blocks, work_limit=50)
    assert (unproven.optimal, unproven.gap) == (False, None)
    proven = clear(cutting(Format.UNIFORM, 101, 350), blocks[:3])
    assert (proven.optimal, proven.gap) == (True, 0)


def test_splitting_a_bid_changes_nothing() -> None:
    whole = in_order(("Alice", 60, 10), ("Bob", 40, 70))
    parts = [bid("a1", 30, 10, 1, provider="Alice"), bid("a2", 30, 10, 2, provider="Alice"), bid("Bob", 40, 70, 3)]
    terms = cutting(Format.UNIFORM, 100, 75)
    assert clear(terms, whole).payments == clear(terms, parts).payments
