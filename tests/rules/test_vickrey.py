"""Vickrey payments: exact externalities, no reason to bid anything but one's costs, and refusals."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auctions.rules.clearing import ClearingBid, ClearingRefused, ClearingTerms, Format, Result, clear
from auctions.rules.clearing.selection import WORK_LIMIT
from auctions.rules.clearing.vickrey import externalities
from tests.rules.market import bid, in_order, selling, units_of, units_of_providers
from tests.rules.strategies import bid_lists, edges, term_sheets

VICKREY = Format.VICKREY


class TestPayments:
    def test_a_provider_is_paid_the_offers_that_would_replace_it(self) -> None:
        bids = in_order(("Alice", 60, 10), ("Bob", 40, 20), ("Charlie", 30, 30), ("Dora", 50, 40))
        outcome = clear(selling(VICKREY, 100, 50), bids)
        assert outcome.payments == {"Alice": 30 * 30 + 30 * 40, "Bob": 30 * 30 + 10 * 40}
        assert outcome.clearing_edge_bps is None

    def test_units_that_nobody_else_would_take_are_paid_at_the_reserve(self) -> None:
        outcome = clear(selling(VICKREY, 100, 50), in_order(("Alice", 60, 10), ("Bob", 50, 20)))
        assert outcome.payments == {"Alice": 10 * 20 + 50 * 50, "Bob": 40 * 50}

    def test_a_sole_bidder_is_paid_the_reserve(self) -> None:
        assert clear(selling(VICKREY, 100, 50), in_order(("Alice", 60, 10))).payments == {"Alice": 60 * 50}

    def test_the_awards_edge_is_the_bids_own(self) -> None:
        outcome = clear(selling(VICKREY, 100, 50), in_order(("Alice", 60, 10)))
        assert [award.edge_bps for award in outcome.awards] == [10]

    def test_several_bids_of_a_provider_are_replaced_together(self) -> None:
        bids = [bid("a", 5, 1, 1, provider="Alice"), bid("b", 5, 2, 2, provider="Alice"), *[bid("Bob", 8, 4, 3)]]
        assert clear(selling(VICKREY, 10, 9), bids).payments == {"Alice": 8 * 4 + 2 * 9}

    def test_a_related_provider_replaces_nobody_of_its_group(self) -> None:
        alone = in_order(("Alice", 10, 1), ("Bob", 10, 8))
        with_sister = [*alone, bid("sister", 10, 5, 3, group="Alice")]
        assert clear(selling(VICKREY, 10, 9), alone).payments == {"Alice": 80}
        assert clear(selling(VICKREY, 10, 9), with_sister).payments == {"Alice": 80}

    def test_a_group_gains_nothing_by_being_several(self) -> None:
        """Each half alone would be worth what Charlie asks for all of it; together they are paid that once."""
        charlie = bid("Charlie", 100, 10, 3, all_or_none=True)
        halves = [bid(name, 50, 0, place, group="one", all_or_none=True) for place, name in enumerate("AB", 1)]
        assert clear(selling(VICKREY, 100, 50), [*halves, charlie]).payments == {"A": 500, "B": 500}
        apart = selling(VICKREY, 100, 50, related_as_one=False)
        assert clear(apart, [*halves, charlie]).payments == {"A": 1000, "B": 1000}

    def test_what_a_group_is_paid_is_shared_by_how_far_its_providers_stayed_below_the_reserve(self) -> None:
        bids = [bid("A", 10, 1, 1, group="one"), bid("B", 10, 7, 2, group="one"), bid("Charlie", 20, 8, 3)]
        assert clear(selling(VICKREY, 20, 9), bids).payments == {"A": 10 + 64, "B": 70 + 16}

    def test_leaving_units_unsold_is_weighed_at_the_reserve(self) -> None:
        """The block would sell the rest, but displaces 30 cheap units: 70 x 30 + 30 x 1 against 60 x 1 + 40 x 50."""
        alice = bid("Alice", 60, 1, 1)
        at_30, at_29 = (bid("block", 70, edge, 2, all_or_none=True) for edge in (30, 29))
        assert units_of(clear(selling(VICKREY, 100, 50), [alice, at_30])) == {"Alice": 60}
        assert units_of(clear(selling(VICKREY, 100, 50), [alice, at_29])) == {"Alice": 30, "block": 70}
        assert units_of(clear(selling(Format.PAY_AS_BID, 100, 50), [alice, at_30])) == {"Alice": 30, "block": 70}

    def test_of_equal_costs_more_units_are_sold(self) -> None:
        bids = [bid("Alice", 60, 1, 1), bid("block", 40, 50, 2, all_or_none=True)]
        assert units_of(clear(selling(VICKREY, 100, 50), bids)) == {"Alice": 60, "block": 40}


class TestWithoutReserve:
    def test_it_clears_where_the_others_could_fill_the_lot(self) -> None:
        bids = in_order(("Alice", 10, 1), ("Bob", 10, 2), ("Charlie", 10, 3))
        assert clear(selling(VICKREY, 20), bids).payments == {"Alice": 30, "Bob": 30}

    @pytest.mark.parametrize("package", [False, True])
    def test_it_is_refused_where_they_could_not(self, package: bool) -> None:
        bids = [*in_order(("Alice", 10, 1), ("Bob", 10, 2)), bid("Charlie", 9, 3, 3, all_or_none=package)]
        with pytest.raises(ClearingRefused, match="/reserve_edge_bps: is needed: without Alice"):
            clear(selling(VICKREY, 20), bids)

    @pytest.mark.parametrize("package", [False, True])
    def test_it_is_refused_where_the_lot_is_not_filled(self, package: bool) -> None:
        with pytest.raises(ClearingRefused, match="/reserve_edge_bps"):
            clear(selling(VICKREY, 20), [bid("Alice", 19, 1, 1, all_or_none=package)])

    def test_without_bids_it_is_unfilled(self) -> None:
        assert clear(selling(VICKREY, 20), []).result is Result.UNFILLED


class TestExactness:
    def test_it_is_refused_where_the_payments_are_not_proven(self) -> None:
        bids = [bid(f"block {place}", 7, place, place, all_or_none=True) for place in range(1, 30)]
        assert clear(selling(VICKREY, 100, 50), bids).optimal is True
        with pytest.raises(ClearingRefused, match="/format"):
            clear(selling(VICKREY, 100, 50), bids, work_limit=100 * 29)

    @given(bid_lists(largest=12), st.integers(1, 40), edges)
    def test_both_ways_of_paying_agree(self, bids: list[ClearingBid], units: int, reserve: Decimal) -> None:
        """A package at the reserve replaces nobody more cheaply, but makes the lot be covered again for everyone."""
        terms = ClearingTerms(VICKREY, units, reserve)
        admitted = [bid for bid in bids if bid.edge_bps <= reserve]
        served = units_of(clear(terms, admitted))
        assume(served)
        idle = ClearingBid("idle", "idle", "idle", 2, reserve, 99, all_or_none=True)
        replacing = externalities(terms, admitted, served, WORK_LIMIT)
        assert externalities(terms, [*admitted, idle], served, WORK_LIMIT) == replacing


@given(term_sheets(packages=True), bid_lists(packages=True, largest=12), st.data())
def test_no_group_gains_by_asking_for_anything_but_its_costs(
    terms: ClearingTerms, bids: list[ClearingBid], data: st.DataObject
) -> None:
    """Truthful bidding is dominant: Krishna, Auction Theory, proposition 5.5 and section 12.1.3."""
    assume(bids and terms.min_bidders == 0)
    vickrey = replace(terms, format=VICKREY)
    liar = data.draw(st.sampled_from(bids)).group
    costs = {bid.id: bid.edge_bps for bid in bids}
    lies = [replace(bid, edge_bps=data.draw(edges)) if bid.group == liar else bid for bid in bids]
    firms = {bid.provider for bid in bids if bid.group == liar}

    def profit(shown: list[ClearingBid]) -> Decimal:
        outcome = clear(vickrey, shown)
        spent = sum(award.units * costs[award.bid] for award in outcome.awards if award.provider in firms)
        return sum((outcome.payments.get(firm, Decimal(0)) for firm in firms), Decimal(0)) - spent

    assert profit(lies) <= profit(bids)


@given(term_sheets(packages=True), bid_lists(packages=True, largest=12))
def test_a_group_is_paid_what_one_firm_with_all_its_bids_would_be_and_no_firm_above_the_reserve(
    terms: ClearingTerms, bids: list[ClearingBid]
) -> None:
    vickrey = replace(terms, format=VICKREY)
    outcome, as_one = clear(vickrey, bids), clear(vickrey, [replace(bid, provider=bid.group) for bid in bids])
    group_of = {bid.provider: bid.group for bid in bids}
    paid: dict[str, Decimal] = {}
    for provider, payment in outcome.payments.items():
        paid[group_of[provider]] = paid.get(group_of[provider], Decimal(0)) + payment
    assert paid == as_one.payments
    for provider, units in units_of_providers(outcome).items():
        asked = sum(award.units * award.edge_bps for award in outcome.awards if award.provider == provider)
        assert asked <= outcome.payments[provider] <= units * (vickrey.reserve_edge_bps or 0)


@given(term_sheets(), bid_lists(), bid_lists(most=2))
def test_more_offers_of_others_never_raise_a_payment_per_unit_sold(
    terms: ClearingTerms, bids: list[ClearingBid], others: list[ClearingBid]
) -> None:
    vickrey = replace(terms, format=VICKREY, min_bidders=0)
    bids = [replace(bid, provider=bid.group) for bid in bids]
    before = clear(vickrey, bids)
    newcomers = [
        replace(bid, id=f"new {place}", provider="new", group="new", sequence=100 + place)
        for place, bid in enumerate(others)
    ]
    after = clear(vickrey, [*bids, *newcomers])
    units_before, units_after = units_of_providers(before), units_of_providers(after)
    for provider in before.payments.keys() & after.payments.keys():
        if units_before[provider] == units_after[provider]:
            assert after.payments[provider] <= before.payments[provider]
