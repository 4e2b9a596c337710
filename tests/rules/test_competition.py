"""When an auction counts as contested."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.clearing import ClearingBid, is_contested
from tests.rules.market import bid, in_order
from tests.rules.strategies import bid_lists, edges

THREE = in_order(("Alice", 100, 10), ("Bob", 30, 20), ("Charlie", 20, 30))
RESERVE = Decimal(30)


@pytest.mark.parametrize(("groups", "contested"), [(3, True), (4, False)])
def test_exactly_the_fewest_groups_are_enough(groups: int, contested: bool) -> None:
    assert is_contested(THREE, 100, RESERVE, groups, 0) is contested


@pytest.mark.parametrize(("percent", "contested"), [(Decimal(50), True), (Decimal("50.0001"), False)])
def test_exactly_the_share_without_the_largest_group_is_enough(percent: Decimal, contested: bool) -> None:
    assert is_contested(THREE, 100, RESERVE, 2, percent) is contested


def test_a_group_counts_for_at_most_the_lot() -> None:
    """Without the cap Alice would be the largest, and Bob's 100 would cover the lot alone."""
    bids = in_order(("Alice", 10_000, 10), ("Bob", 100, 10))
    assert is_contested(bids, 100, RESERVE, 2, 100)
    assert not is_contested([*bids[:1], bid("Bob", 99, 10, 2)], 100, RESERVE, 2, 100)


def test_a_sham_second_bidder_makes_no_competition() -> None:
    assert not is_contested(in_order(("Alice", 100, 10), ("sham", 1, 10)), 100, RESERVE, 2, 50)


def test_related_providers_make_no_competition() -> None:
    bids = [bid("Alice", 100, 10, 1, group="family"), bid("Bob", 100, 10, 2, group="family")]
    assert not is_contested(bids, 100, RESERVE, 2, 0)


def test_only_bids_within_the_reserve_count_and_equality_is_within() -> None:
    bids = in_order(("Alice", 100, 10), ("Bob", 100, 30))
    assert is_contested(bids, 100, Decimal(30), 2, 100)
    assert not is_contested(bids, 100, Decimal("29.9999"), 2, 100)


def test_a_block_larger_than_the_lot_does_not_count() -> None:
    bids = [bid("Alice", 100, 10, 1), bid("sham", 101, 10, 2, all_or_none=True)]
    assert not is_contested(bids, 100, RESERVE, 2, 0)


def test_without_a_reserve_every_bid_counts() -> None:
    assert is_contested(in_order(("Alice", 100, 10), ("Bob", 100, 10**6)), 100, None, 2, 100)


@given(bid_lists(packages=True), st.integers(1, 60), edges, st.integers(0, 4), st.integers(0, 100))
def test_any_order_of_bids_and_any_further_group_keep_it_contested(
    bids: list[ClearingBid], units: int, reserve: Decimal, groups: int, percent: int
) -> None:
    contested = is_contested(bids, units, reserve, groups, percent)
    assert is_contested(bids[::-1], units, reserve, groups, percent) is contested
    newcomer = bid("new", units, reserve, 100)
    assert is_contested([*bids, newcomer], units, reserve, groups, percent) or not contested
