"""Worked examples of a clearing: every format, every threshold at equality, and what is refused."""

from dataclasses import replace
from decimal import Decimal

import pytest

from auctions.rules.clearing import ClearingBid, ClearingRefused, ClearingTerms, Format, PriceRule, Result, clear
from tests.rules.market import bid, edges_of, in_order, selling, units_of

ALICE_BOB_CHARLIE = in_order(("Alice", 60, 10), ("Bob", 30, 20), ("Charlie", 40, 35))


class TestPayAsBid:
    def test_the_lowest_edges_are_served_first_and_paid_what_they_ask(self) -> None:
        outcome = clear(selling(Format.PAY_AS_BID, 100, 50), ALICE_BOB_CHARLIE)
        assert units_of(outcome) == {"Alice": 60, "Bob": 30, "Charlie": 10}
        assert outcome.payments == {"Alice": 600, "Bob": 600, "Charlie": 350}

    def test_the_clearing_edge_is_the_highest_accepted(self) -> None:
        assert clear(selling(Format.PAY_AS_BID, 100, 50), ALICE_BOB_CHARLIE).clearing_edge_bps == 35

    def test_awards_are_ordered_by_sequence(self) -> None:
        outcome = clear(selling(Format.PAY_AS_BID, 100, 50), ALICE_BOB_CHARLIE[::-1])
        assert [award.bid for award in outcome.awards] == ["Alice", "Bob", "Charlie"]

    def test_several_bids_of_a_provider_are_additive(self) -> None:
        bids = [bid("first", 30, 10, 1, provider="Alice"), bid("second", 30, 20, 2, provider="Alice")]
        outcome = clear(selling(Format.PAY_AS_BID, 50, 50), bids)
        assert units_of(outcome) == {"first": 30, "second": 20}
        assert outcome.payments == {"Alice": 30 * 10 + 20 * 20}

    def test_a_negative_edge_is_paid_by_the_provider(self) -> None:
        outcome = clear(selling(Format.PAY_AS_BID, 10, 0), in_order(("Alice", 10, "-2.5")))
        assert outcome.payments == {"Alice": Decimal("-25.0")}


class TestUniform:
    def test_all_are_paid_the_last_accepted_edge(self) -> None:
        outcome = clear(selling(Format.UNIFORM, 100, 50), ALICE_BOB_CHARLIE)
        assert set(edges_of(outcome).values()) == {35}
        assert outcome.payments == {"Alice": 60 * 35, "Bob": 30 * 35, "Charlie": 10 * 35}

    def test_the_first_rejected_edge_is_that_of_the_first_unit_not_sold(self) -> None:
        terms = selling(Format.UNIFORM, 90, 50, price_rule=PriceRule.FIRST_REJECTED)
        assert clear(terms, ALICE_BOB_CHARLIE).clearing_edge_bps == 35

    def test_what_is_left_of_a_bid_served_in_part_is_rejected(self) -> None:
        terms = selling(Format.UNIFORM, 80, 50, price_rule=PriceRule.FIRST_REJECTED)
        assert clear(terms, ALICE_BOB_CHARLIE).clearing_edge_bps == 20

    def test_where_nothing_is_rejected_the_first_rejected_edge_is_the_last_accepted(self) -> None:
        terms = selling(Format.UNIFORM, 130, 50, price_rule=PriceRule.FIRST_REJECTED)
        assert clear(terms, ALICE_BOB_CHARLIE).clearing_edge_bps == 35

    def test_a_bid_above_the_reserve_is_not_among_the_rejected(self) -> None:
        terms = selling(Format.UNIFORM, 90, 34, price_rule=PriceRule.FIRST_REJECTED)
        assert clear(terms, ALICE_BOB_CHARLIE).clearing_edge_bps == 20

    @pytest.mark.parametrize(("cap", "edge"), [(0, 20), ("14.9", "34.9"), (15, 35), (16, 35), (None, 35)])
    def test_the_first_rejected_edge_is_capped_above_the_last_accepted(
        self, cap: str | int | None, edge: str | int
    ) -> None:
        terms = selling(
            Format.UNIFORM,
            90,
            50,
            price_rule=PriceRule.FIRST_REJECTED,
            first_rejected_cap_bps=None if cap is None else Decimal(cap),
        )
        assert clear(terms, ALICE_BOB_CHARLIE).clearing_edge_bps == Decimal(edge)

    def test_with_packages_all_are_paid_the_last_accepted_edge_though_a_rejected_package_asked_less(self) -> None:
        block = bid("block", 90, 15, 4, all_or_none=True)
        outcome = clear(selling(Format.UNIFORM, 100, 50), [*ALICE_BOB_CHARLIE[:2], bid("Dora", 10, 20, 3), block])
        assert units_of(outcome) == {"Alice": 60, "Bob": 30, "Dora": 10}
        assert outcome.clearing_edge_bps == 20


class TestHold:
    @pytest.mark.parametrize("auction_format", Format)
    def test_an_edge_equal_to_the_reserve_is_accepted_and_one_above_never(self, auction_format: Format) -> None:
        bids = in_order(("at", 10, "30"), ("above", 10, "30.0001"))
        outcome = clear(selling(auction_format, 20, 30), bids)
        assert units_of(outcome) == {"at": 10}
        assert outcome.unfilled_units == 10

    @pytest.mark.parametrize("auction_format", [Format.PAY_AS_BID, Format.UNIFORM])
    def test_without_a_reserve_every_edge_is_accepted(self, auction_format: Format) -> None:
        assert units_of(clear(selling(auction_format, 20), in_order(("dear", 20, 10**9)))) == {"dear": 20}

    @pytest.mark.parametrize("auction_format", Format)
    def test_a_partial_sale_is_awarded(self, auction_format: Format) -> None:
        outcome = clear(selling(auction_format, 100, 20), ALICE_BOB_CHARLIE)
        assert outcome.result is Result.AWARDED
        assert outcome.unfilled_units == 10


class TestUnfilled:
    @pytest.mark.parametrize("auction_format", Format)
    def test_without_a_bid_within_the_reserve_nothing_is_awarded(self, auction_format: Format) -> None:
        outcome = clear(selling(auction_format, 100, 5), ALICE_BOB_CHARLIE)
        assert (outcome.result, outcome.unfilled_units, outcome.awards) == (Result.UNFILLED, 100, ())
        assert (outcome.clearing_edge_bps, outcome.optimal, outcome.gap, outcome.payments) == (None, None, None, {})

    @pytest.mark.parametrize(("min_bidders", "result"), [(2, Result.AWARDED), (3, Result.UNFILLED)])
    def test_exactly_the_fewest_bidders_are_enough(self, min_bidders: int, result: Result) -> None:
        bids = [bid("Alice", 50, 10, 1), bid("Bob", 50, 10, 2), bid("Bob again", 50, 10, 3, provider="Bob")]
        assert clear(selling(Format.PAY_AS_BID, 100, 50, min_bidders=min_bidders), bids).result is result

    def test_related_providers_count_once(self) -> None:
        bids = [bid("Alice", 50, 10, 1, group="family"), bid("Bob", 50, 10, 2, group="family")]
        outcome = clear(selling(Format.PAY_AS_BID, 100, 50, min_bidders=2), bids)
        assert outcome.result is Result.UNFILLED

    def test_a_bidder_above_the_reserve_does_not_count(self) -> None:
        outcome = clear(selling(Format.PAY_AS_BID, 100, 15, min_bidders=2), ALICE_BOB_CHARLIE)
        assert outcome.result is Result.UNFILLED

    def test_a_bidder_who_asks_for_more_than_the_lot_or_nothing_does_not_count(self) -> None:
        sham = bid("sham", 101, 1, 4, all_or_none=True)
        outcome = clear(selling(Format.PAY_AS_BID, 100, 15, min_bidders=2), [ALICE_BOB_CHARLIE[0], sham])
        assert outcome.result is Result.UNFILLED


class TestRefusals:
    @pytest.mark.parametrize(
        ("terms", "pointer"),
        [
            (selling(Format.UNIFORM, 0), "/units"),
            (selling(Format.UNIFORM, 10**15 + 1), "/units"),
            (selling(Format.UNIFORM, 10, min_bidders=-1), "/min_bidders"),
            (selling(Format.UNIFORM, 10, "NaN"), "/reserve_edge_bps"),
            (selling(Format.UNIFORM, 10, "1e30"), "/reserve_edge_bps"),
            (selling(Format.UNIFORM, 10, "1e-31"), "/reserve_edge_bps"),
            (selling(Format.UNIFORM, 10, first_rejected_cap_bps=Decimal(-1)), "/first_rejected_cap_bps"),
        ],
    )
    def test_terms_out_of_range_are_refused(self, terms: ClearingTerms, pointer: str) -> None:
        with pytest.raises(ClearingRefused) as refused:
            clear(terms, ALICE_BOB_CHARLIE)
        assert refused.value.pointer == pointer

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"units": 0}, "/bids/1/units"),
            ({"min_units": 0}, "/bids/1/min_units"),
            ({"min_units": 31}, "/bids/1/min_units"),
            ({"tier": 0}, "/bids/1/tier"),
            ({"edge_bps": Decimal("Infinity")}, "/bids/1/edge_bps"),
            ({"id": "Alice"}, "/bids/1/id"),
            ({"sequence": 1}, "/bids/1/sequence"),
        ],
    )
    def test_bids_out_of_range_are_refused(self, change: dict[str, object], pointer: str) -> None:
        bids: list[ClearingBid] = [ALICE_BOB_CHARLIE[0], replace(ALICE_BOB_CHARLIE[1], **change)]  # type: ignore[arg-type]
        with pytest.raises(ClearingRefused) as refused:
            clear(selling(Format.UNIFORM, 10), bids)
        assert refused.value.pointer == pointer

    def test_the_first_rejected_edge_is_refused_with_packages(self) -> None:
        terms = selling(Format.UNIFORM, 10, price_rule=PriceRule.FIRST_REJECTED)
        with pytest.raises(ClearingRefused, match="/price_rule"):
            clear(terms, [*ALICE_BOB_CHARLIE, bid("block", 2, 5, 9, all_or_none=True)])

    def test_a_block_of_one_unit_is_no_package(self) -> None:
        terms = selling(Format.UNIFORM, 10, price_rule=PriceRule.FIRST_REJECTED)
        assert clear(terms, [bid("one", 1, 5, 1, all_or_none=True)]).clearing_edge_bps == 5


class TestRounds:
    """A reopened auction: what is bid in a later round, against what was firm before."""

    FIRST = (bid("Alice", 60, 10, 1), bid("Bob", 30, 20, 2))

    def test_a_lower_edge_of_the_second_round_competes_for_all_units(self) -> None:
        outcome = clear(selling(Format.PAY_AS_BID, 100, 50), [*self.FIRST, bid("Charlie", 90, 5, 3, round=2)])
        assert units_of(outcome) == {"Alice": 10, "Charlie": 90}

    def test_a_relaxed_edge_gets_only_what_the_first_bids_could_not_fill(self) -> None:
        block = bid("block", 40, 30, 3, all_or_none=True, round=2)
        outcome = clear(selling(Format.PAY_AS_BID, 100, 50), [*self.FIRST, block])
        assert units_of(outcome) == {"Alice": 60, "Bob": 30}
        same_round = clear(selling(Format.PAY_AS_BID, 100, 50), [*self.FIRST, replace(block, round=1)])
        assert units_of(same_round) == {"Alice": 60, "block": 40}

    def test_a_relaxed_edge_does_not_raise_what_the_first_bids_are_paid(self) -> None:
        outcome = clear(selling(Format.UNIFORM, 100, 50), [*self.FIRST, bid("Bob again", 40, 45, 3, round=2)])
        assert edges_of(outcome) == {"Alice": 20, "Bob": 20, "Bob again": 45}
        assert outcome.clearing_edge_bps == 45

    def test_at_equal_edges_the_earlier_round_goes_first_whatever_the_tier(self) -> None:
        early, late = bid("early", 10, 5, 2, tier=2), bid("late", 10, 5, 1, tier=1, round=2)
        assert units_of(clear(selling(Format.PAY_AS_BID, 10, 50), [late, early])) == {"early": 10}

    def test_where_the_first_bids_fill_the_lot_relaxed_ones_get_nothing(self) -> None:
        outcome = clear(selling(Format.UNIFORM, 90, 50), [*self.FIRST, bid("late", 10, 21, 3, round=2)])
        assert units_of(outcome) == {"Alice": 60, "Bob": 30}
        assert outcome.clearing_edge_bps == 20

    def test_where_the_first_bids_sell_nothing_the_second_round_is_the_first(self) -> None:
        bids = [bid("late", 10, 40, 1, round=2), bid("later", 10, 45, 2, round=3)]
        assert units_of(clear(selling(Format.UNIFORM, 15, 50), bids)) == {"late": 10, "later": 5}
