"""What holds of every clearing, whatever the bids."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, Outcome, PriceRule, Rationing, Result, clear
from auctions.rules.clearing.terms import within_reserve
from tests.rules.market import units_of, units_of_providers
from tests.rules.strategies import bid_lists, edges, term_sheets

any_auction = st.booleans().flatmap(lambda packages: st.tuples(term_sheets(packages), bid_lists(packages)))
simple_auction = st.tuples(term_sheets(), bid_lists())


def units_of_groups(outcome: Outcome, bids: list[ClearingBid]) -> dict[str, int]:
    group_of = {bid.id: bid.group for bid in bids}
    units: dict[str, int] = {}
    for award in outcome.awards:
        units[group_of[award.bid]] = units.get(group_of[award.bid], 0) + award.units
    return units


@given(any_auction)
def test_units_are_conserved_and_nobody_gets_what_it_did_not_ask_for(
    auction: tuple[ClearingTerms, list[ClearingBid]],
) -> None:
    terms, bids = auction
    outcome = clear(terms, bids)
    by_id = {bid.id: bid for bid in bids}
    assert sum(units_of(outcome).values()) + outcome.unfilled_units == terms.units
    for award in outcome.awards:
        assert by_id[award.bid].least_units <= award.units <= by_id[award.bid].units


@given(any_auction)
def test_no_award_is_above_the_reserve_nor_below_what_the_bid_asks(
    auction: tuple[ClearingTerms, list[ClearingBid]],
) -> None:
    terms, bids = auction
    assert terms.reserve_edge_bps is not None
    by_id = {bid.id: bid for bid in bids}
    for award in clear(terms, bids).awards:
        assert by_id[award.bid].edge_bps <= award.edge_bps <= terms.reserve_edge_bps


@given(any_auction)
def test_no_provider_is_paid_less_than_it_asks_or_more_than_the_reserve(
    auction: tuple[ClearingTerms, list[ClearingBid]],
) -> None:
    terms, bids = auction
    assert terms.reserve_edge_bps is not None
    outcome = clear(terms, bids)
    asked = {bid.id: bid.edge_bps for bid in bids}
    units = units_of_providers(outcome)
    assert outcome.payments.keys() == units.keys()
    for provider, payment in outcome.payments.items():
        least = sum(award.units * asked[award.bid] for award in outcome.awards if award.provider == provider)
        assert least <= payment <= units[provider] * terms.reserve_edge_bps


@given(any_auction, st.randoms(use_true_random=False))
def test_any_order_of_bids_gives_the_same_outcome(
    auction: tuple[ClearingTerms, list[ClearingBid]], random: Random
) -> None:
    terms, bids = auction
    shuffled = random.sample(bids, len(bids))
    assert clear(terms, shuffled) == clear(terms, bids)


@given(simple_auction)
def test_as_many_units_are_sold_as_are_offered_within_the_reserve(
    auction: tuple[ClearingTerms, list[ClearingBid]],
) -> None:
    terms, bids = auction
    outcome = clear(terms, bids)
    assume(outcome.result is Result.AWARDED)
    offered = sum(bid.units for bid in within_reserve(bids, terms.units, terms.reserve_edge_bps))
    assert terms.units - outcome.unfilled_units == min(terms.units, offered)


@given(simple_auction)
def test_no_unit_is_sold_while_a_lower_edge_waits(auction: tuple[ClearingTerms, list[ClearingBid]]) -> None:
    terms, bids = auction
    units = units_of(clear(terms, bids))
    highest = max((bid.edge_bps for bid in bids if bid.id in units), default=None)
    assert all(units.get(bid.id, 0) == bid.units for bid in bids if highest is not None and bid.edge_bps < highest)


@given(simple_auction, st.data())
def test_lowering_an_edge_never_loses_units(
    auction: tuple[ClearingTerms, list[ClearingBid]], data: st.DataObject
) -> None:
    terms, bids = auction
    assume(bids)
    changed = data.draw(st.sampled_from(bids))
    lower = replace(changed, edge_bps=data.draw(edges.filter(lambda edge: edge <= changed.edge_bps)))
    before = units_of(clear(terms, bids)).get(changed.id, 0)
    after = units_of(clear(terms, [lower if bid is changed else bid for bid in bids])).get(changed.id, 0)
    assert after >= before


@given(st.booleans().flatmap(lambda packages: st.tuples(term_sheets(packages), bid_lists(packages))), edges)
def test_a_higher_reserve_never_sells_fewer_units(
    auction: tuple[ClearingTerms, list[ClearingBid]], reserve: Decimal
) -> None:
    terms, bids = auction
    assert terms.reserve_edge_bps is not None
    higher = replace(terms, reserve_edge_bps=max(reserve, terms.reserve_edge_bps))
    assume(terms.format is not Format.VICKREY or not any(bid.is_package for bid in bids))
    assert clear(higher, bids).unfilled_units <= clear(terms, bids).unfilled_units


@given(simple_auction, bid_lists(most=1))
def test_another_bid_never_raises_the_edge_of_a_lot_that_is_sold_out(
    auction: tuple[ClearingTerms, list[ClearingBid]], more: list[ClearingBid]
) -> None:
    terms, bids = auction
    before = clear(terms, bids)
    assume(before.result is Result.AWARDED and not before.unfilled_units and before.clearing_edge_bps is not None)
    added = [replace(bid, id="another", sequence=len(bids) + 1) for bid in more]
    after = clear(terms, [*bids, *added])
    assert after.clearing_edge_bps is not None
    assert before.clearing_edge_bps is not None
    assert after.clearing_edge_bps <= before.clearing_edge_bps


@given(simple_auction, st.data())
def test_splitting_a_bid_gains_nothing(auction: tuple[ClearingTerms, list[ClearingBid]], data: st.DataObject) -> None:
    terms, bids = auction
    assume(any(bid.units > 1 for bid in bids))
    whole = data.draw(st.sampled_from([bid for bid in bids if bid.units > 1]))
    part = data.draw(st.integers(1, whole.units - 1))
    halves = [
        replace(whole, units=part),
        replace(whole, id="split off", units=whole.units - part, sequence=len(bids) + 1),
    ]
    before = clear(terms, bids)
    after = clear(terms, [*(bid for bid in bids if bid is not whole), *halves])
    assert units_of_groups(after, [*bids, *halves]).get(whole.group, 0) <= units_of_groups(before, bids).get(
        whole.group, 0
    )
    if terms.rationing is Rationing.PRO_RATA:
        assert sum(after.payments.values()) == sum(before.payments.values())


@given(simple_auction, st.integers(1, 10**6))
def test_asking_for_more_than_the_lot_gains_nothing(
    auction: tuple[ClearingTerms, list[ClearingBid]], more: int
) -> None:
    terms, bids = auction
    lot = [replace(bid, units=terms.units) if bid.units > terms.units else bid for bid in bids]
    inflated = [replace(bid, units=bid.units + more) if bid.units >= terms.units else bid for bid in bids]
    assert units_of(clear(terms, inflated)) == units_of(clear(terms, lot))


@given(term_sheets(), bid_lists())
def test_the_first_rejected_edge_is_between_the_last_accepted_and_its_cap(
    terms: ClearingTerms, bids: list[ClearingBid]
) -> None:
    first = clear(replace(terms, format=Format.UNIFORM, price_rule=PriceRule.FIRST_REJECTED), bids)
    last = clear(replace(terms, format=Format.UNIFORM, price_rule=PriceRule.LAST_ACCEPTED), bids)
    assume(first.clearing_edge_bps is not None)
    assert first.clearing_edge_bps is not None
    assert last.clearing_edge_bps is not None
    assert units_of(first) == units_of(last)
    assert last.clearing_edge_bps <= first.clearing_edge_bps
    if terms.first_rejected_cap_bps is not None:
        assert first.clearing_edge_bps <= last.clearing_edge_bps + terms.first_rejected_cap_bps


@given(simple_auction)
def test_all_formats_sell_the_same_units_of_simple_bids(auction: tuple[ClearingTerms, list[ClearingBid]]) -> None:
    terms, bids = auction
    sold = [units_of(clear(replace(terms, format=auction_format), bids)) for auction_format in Format]
    assert sold[0] == sold[1] == sold[2]


@given(simple_auction)
def test_bids_of_one_round_clear_alike_whichever_round_it_is(auction: tuple[ClearingTerms, list[ClearingBid]]) -> None:
    terms, bids = auction
    assert clear(terms, [replace(bid, round=3) for bid in bids]) == clear(terms, bids)


@given(term_sheets(), bid_lists(), st.data())
def test_simple_bids_sell_the_same_units_in_any_rounds_while_edges_differ(
    terms: ClearingTerms, bids: list[ClearingBid], data: st.DataObject
) -> None:
    assume(len({bid.edge_bps for bid in bids}) == len(bids))
    rounds = [replace(bid, round=data.draw(st.integers(1, 3))) for bid in bids]
    assert units_of(clear(terms, rounds)) == units_of(clear(terms, bids))
