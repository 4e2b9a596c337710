"""Bids that take all or none, or at least so many units: most units, least cost, precedence; exact, or with a gap."""

from decimal import Decimal
from random import Random
from time import process_time

import pytest

from auctions.rules.clearing import ClearingBid, Format, Rationing, clear
from auctions.rules.clearing.selection import WORK_LIMIT, select
from tests.rules.market import bid, in_order, selling, units_of

PAY_AS_BID = Format.PAY_AS_BID


def block(name: str, units: int, edge: str | int, sequence: int, **more: object) -> ClearingBid:
    return bid(name, units, edge, sequence, all_or_none=True, **more)


def random_blocks(random: Random, count: int, units: int, cheapest: int = 1, dearest: int = 1000) -> list[ClearingBid]:
    return [
        block(f"block {place}", random.randint(2, units), random.randint(cheapest, dearest), place)
        for place in range(count)
    ]


def cheapest_blocks(bids: list[ClearingBid], units: int) -> tuple[int, Decimal]:
    """The most units that blocks can sell and the least cost of selling them, from every total that can be reached."""
    costs = {0: Decimal(0)}
    for each in bids:
        for total, cost in list(costs.items()):
            larger = total + each.units
            if larger <= units:
                costs[larger] = min(costs.get(larger, Decimal("Infinity")), cost + each.units * each.edge_bps)
    most = max(costs)
    return most, costs[most]


class TestSelection:
    def test_the_most_units_are_sold_though_fewer_would_be_cheaper(self) -> None:
        bids = [*in_order(("Alice", 50, 1), ("Bob", 20, 2)), block("block", 60, 9, 3)]
        assert units_of(clear(selling(PAY_AS_BID, 100, 10), bids)) == {"Alice": 40, "block": 60}

    def test_of_as_many_units_the_cheaper_are_sold(self) -> None:
        bids = [block("dear", 100, "5.01", 1), block("cheap", 60, 4, 2), bid("Alice", 40, "6.5", 3)]
        assert units_of(clear(selling(PAY_AS_BID, 100, 10), bids)) == {"cheap": 60, "Alice": 40}

    def test_of_equal_cost_the_lowest_sequences_are_sold(self) -> None:
        bids = [block("second", 100, 5, 2), block("first", 60, 4, 1), bid("third", 40, "6.5", 3)]
        assert units_of(clear(selling(PAY_AS_BID, 100, 10), bids)) == {"first": 60, "third": 40}

    def test_a_block_that_no_longer_fits_is_passed_over(self) -> None:
        bids = [block("cheap", 70, 1, 1), block("next", 40, 2, 2), block("small", 30, 3, 3)]
        assert units_of(clear(selling(PAY_AS_BID, 100, 10), bids)) == {"cheap": 70, "small": 30}

    def test_a_bid_with_a_minimum_gets_between_its_minimum_and_its_units(self) -> None:
        bids = [bid("cheap", 80, 1, 1), bid("with minimum", 60, 2, 2, min_units=30)]
        assert units_of(clear(selling(PAY_AS_BID, 100, 10), bids)) == {"cheap": 70, "with minimum": 30}
        assert units_of(clear(selling(PAY_AS_BID, 120, 10), bids)) == {"cheap": 80, "with minimum": 40}
        assert units_of(clear(selling(PAY_AS_BID, 29, 10), bids)) == {"cheap": 29}

    def test_a_package_of_a_later_round_does_not_displace_what_was_firm(self) -> None:
        bids = [bid("firm", 60, 10, 1), block("late", 50, 20, 2, round=2)]
        assert units_of(clear(selling(PAY_AS_BID, 100, 30), bids)) == {"firm": 60}

    def test_with_all_edges_equal_precedence_decides(self) -> None:
        bids = [block(f"block {place}", 30, 5, place) for place in range(1, 6)]
        terms = selling(PAY_AS_BID, 100, 10, rationing=Rationing.SEQUENCE)
        assert units_of(clear(terms, bids)) == {"block 1": 30, "block 2": 30, "block 3": 30}


class TestExactness:
    @pytest.mark.parametrize("units", [100, 9_973])
    def test_thirty_blocks_are_exact(self, units: int) -> None:
        for seed in range(3):
            bids = random_blocks(Random(seed), 30, units // 3)
            outcome = clear(selling(PAY_AS_BID, units), bids)
            most, cost = cheapest_blocks(bids, units)
            assert outcome.optimal is True
            assert outcome.gap == 0
            assert units - outcome.unfilled_units == most
            assert sum(outcome.payments.values()) == cost

    def test_thirty_blocks_that_hardly_ever_fit_are_exact(self) -> None:
        """Even sizes on an odd lot: no bound helps, every combination would have to be tried one by one."""
        bids = [block(f"block {place}", 2 * (place + 400), 5, place) for place in range(30)]
        outcome = clear(selling(PAY_AS_BID, 9_999), bids)
        assert (outcome.unfilled_units, outcome.optimal) == (1, True)

    def test_thirty_packages_on_a_hundred_thousand_units_are_within_the_work_limit(self) -> None:
        assert WORK_LIMIT >= 30 * 100_000


class TestBeyondExactness:
    @pytest.mark.parametrize("count", [40, 400])
    def test_the_gap_covers_what_an_exact_selection_would_have_saved(self, count: int) -> None:
        for seed in range(4):
            bids = random_blocks(Random(seed), count, 60)
            bounded = clear(selling(PAY_AS_BID, 500), bids, work_limit=500 * 20)
            most, cost = cheapest_blocks(bids, 500)
            assert bounded.gap is not None
            if 500 - bounded.unfilled_units == most:
                assert cost <= sum(bounded.payments.values()) <= cost + bounded.gap
            else:
                assert bounded.gap > 0
            assert bounded.optimal == (bounded.gap == 0)

    def test_a_gap_of_zero_proves_the_selection(self) -> None:
        bids = [*[block(f"cheap {place}", 10, 1, place) for place in range(10)], block("dear", 50, 9, 99)]
        bounded = clear(selling(PAY_AS_BID, 100), bids, work_limit=0)
        assert (bounded.optimal, bounded.gap, bounded.unfilled_units) == (True, 0, 0)

    @pytest.mark.parametrize(("work_limit", "optimal"), [(200, True), (199, False)])
    def test_exactly_the_work_limit_is_enough(self, work_limit: int, optimal: bool) -> None:
        bids = [block("cheap", 60, 1, 1), block("too large", 60, 2, 2), bid("Alice", 30, 3, 3)]
        assert clear(selling(PAY_AS_BID, 100), bids, work_limit=work_limit).optimal is optimal

    def test_no_work_at_all_still_sells_what_fits_below_the_margin(self) -> None:
        bids = [block("cheap", 60, 1, 1), block("too large", 60, 2, 2), bid("Alice", 30, 3, 3)]
        bounded = clear(selling(PAY_AS_BID, 100), bids, work_limit=0)
        assert units_of(bounded) == {"cheap": 60, "Alice": 30}
        assert bounded.optimal is False

    def test_the_gap_is_small_where_the_packages_are_many(self) -> None:
        bids = random_blocks(Random(3), 2_000, 300)
        selection = select(bids, 10_000)
        assert sum(selection.sold.values()) == 10_000
        assert 0 < selection.gap < Decimal("0.05") * sum(bid.edge_bps * selection.sold.get(bid.id, 0) for bid in bids)

    def test_ten_thousand_packages_are_bounded_in_work(self) -> None:
        bids = random_blocks(Random(5), 10_000, 300)
        started = process_time()
        clear(selling(PAY_AS_BID, 10_000), bids)
        assert process_time() - started < 60


@pytest.mark.parametrize("auction_format", Format)
def test_ten_thousand_simple_bids_clear_within_seconds(auction_format: Format) -> None:
    random = Random(1)
    bids = [
        bid(f"bid {place}", random.randint(1, 20), random.randint(1, 3000), place, provider=f"provider {place % 3000}")
        for place in range(10_000)
    ]
    started = process_time()
    assert clear(selling(auction_format, 10_000, 2500), bids).unfilled_units == 0
    assert process_time() - started < 30
