"""Who is served where one edge offers more units than it sells."""

from dataclasses import replace

import pytest

from auctions.rules.clearing import ClearingBid, Format, Rationing, clear
from tests.rules.market import bid, in_order, selling, units_of

PRO_RATA, SEQUENCE = Rationing.PRO_RATA, Rationing.SEQUENCE


def served(units: int, bids: list[ClearingBid], rationing: Rationing = PRO_RATA) -> dict[str, int]:
    return units_of(clear(selling(Format.PAY_AS_BID, units, 50, rationing=rationing), bids))


class TestProRata:
    def test_the_rest_is_shared_in_proportion_with_the_largest_remainder(self) -> None:
        bids = in_order(("Alice", 50, 5), ("Bob", 30, 10), ("Charlie", 50, 10), ("Dora", 20, 10))
        assert served(83, bids) == {"Alice": 50, "Bob": 10, "Charlie": 16, "Dora": 7}  # 9.9, 16.5 and 6.6 of 33

    def test_of_equal_remainders_the_group_that_came_first_gets_the_unit(self) -> None:
        assert served(5, in_order(("Alice", 10, 10), ("Bob", 10, 10))) == {"Alice": 3, "Bob": 2}
        assert served(5, [bid("Alice", 10, 10, 2), bid("Bob", 10, 10, 1)]) == {"Alice": 2, "Bob": 3}

    def test_related_providers_share_as_one_group_and_the_earliest_bid_is_served_first(self) -> None:
        bids = [
            bid("Zoe", 85, 5, 4),
            bid("Alice", 10, 10, 1),
            bid("Bob", 10, 10, 2, group="family"),
            bid("Carol", 10, 10, 3, group="family"),
        ]
        assert served(100, bids) == {"Zoe": 85, "Alice": 5, "Bob": 10}

    def test_asking_for_more_than_the_lot_counts_as_asking_for_the_lot(self) -> None:
        assert served(100, in_order(("Alice", 10_000, 10), ("Bob", 100, 10))) == {"Alice": 50, "Bob": 50}

    def test_a_group_is_capped_at_the_lot_over_all_its_bids(self) -> None:
        many = [bid(f"Alice {place}", 100, 10, place, provider="Alice") for place in range(2, 9)]
        assert served(100, [bid("Bob", 100, 10, 1), *many]) == {"Bob": 50, "Alice 2": 50}

    def test_a_level_that_fits_exactly_is_not_rationed(self) -> None:
        assert served(20, in_order(("Alice", 10, 10), ("Bob", 10, 10))) == {"Alice": 10, "Bob": 10}


class TestSequence:
    def test_the_earliest_bids_are_served(self) -> None:
        bids = in_order(("Alice", 10, 10), ("Bob", 10, 10), ("Charlie", 10, 10))
        assert served(15, bids, SEQUENCE) == {"Alice": 10, "Bob": 5}


class TestTiers:
    @pytest.mark.parametrize("rationing", Rationing)
    def test_the_better_tier_is_served_first_at_equal_edges(self, rationing: Rationing) -> None:
        bids = [bid("Alice", 10, 10, 1, tier=2), bid("Bob", 10, 10, 2, tier=1)]
        assert served(15, bids, rationing) == {"Bob": 10, "Alice": 5}

    @pytest.mark.parametrize("rationing", Rationing)
    def test_a_lower_edge_beats_a_better_tier(self, rationing: Rationing) -> None:
        bids = [bid("Alice", 10, "9.9999", 1, tier=9), bid("Bob", 10, 10, 2, tier=1)]
        assert served(10, bids, rationing) == {"Alice": 10}


class TestMinUnits:
    def test_a_share_below_the_minimum_is_dropped_and_rationed_again(self) -> None:
        zoe, alice, bob = in_order(("Zoe", 70, 5), ("Alice", 60, 10), ("Bob", 30, 10))
        assert served(100, [zoe, replace(alice, min_units=21), bob]) == {"Zoe": 70, "Bob": 30}

    def test_a_share_equal_to_the_minimum_is_kept(self) -> None:
        zoe, alice, bob = in_order(("Zoe", 70, 5), ("Alice", 60, 10), ("Bob", 30, 10))
        assert served(100, [zoe, replace(alice, min_units=20), bob]) == {"Zoe": 70, "Alice": 20, "Bob": 10}

    def test_of_two_shares_too_small_the_later_bid_goes(self) -> None:
        bids = [bid("Alice", 10, 10, 1, min_units=6), bid("Bob", 10, 10, 2, min_units=6)]
        assert served(10, bids) == {"Alice": 10}

    def test_nobody_is_dropped_where_the_others_cannot_sell_the_units(self) -> None:
        bids = [bid("Alice", 20, 10, 1, min_units=15), bid("Bob", 4, 10, 2)]
        assert served(17, bids) == {"Alice": 17}

    def test_a_better_tier_that_cannot_be_served_leaves_its_units_to_the_next(self) -> None:
        bids = [bid("Alice", 20, 10, 1, min_units=15, tier=1), bid("Bob", 10, 10, 2, tier=2)]
        assert served(10, bids) == {"Bob": 10}

    def test_a_block_is_decided_by_precedence_and_not_rationed(self) -> None:
        early = [bid("block", 10, 10, 1, all_or_none=True), bid("Bob", 10, 10, 2)]
        assert served(10, early) == {"block": 10}
        late = [bid("block", 10, 10, 2, all_or_none=True), bid("Bob", 10, 10, 1)]
        assert served(10, late) == {"Bob": 10}
        better_tier = [bid("block", 10, 10, 2, all_or_none=True), bid("Bob", 10, 10, 1, tier=2)]
        assert served(10, better_tier) == {"block": 10}
