"""Vickrey payments as edges: exact in sum, even over a provider's units, and never above the reserve."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.clearing import (
    ClearingAward,
    ClearingBid,
    ClearingTerms,
    Format,
    Outcome,
    Result,
    clear,
    payable_awards,
)

TICK = Decimal("0.0001")


def outcome(awards: tuple[ClearingAward, ...], payments: dict[str, Decimal]) -> Outcome:
    return Outcome(Result.AWARDED, None, 0, True, Decimal(0), awards, payments)


def units_by_bid(awards: tuple[ClearingAward, ...]) -> Counter[str]:
    units: Counter[str] = Counter()
    for award in awards:
        units[award.bid] += award.units
    return units


def vickrey(units: int, reserve: str = "350") -> ClearingTerms:
    return ClearingTerms(Format.VICKREY, units, Decimal(reserve))


def test_an_even_edge_is_paid_as_it_is() -> None:
    awards = (ClearingAward("a", "Alice", 60, Decimal(10)), ClearingAward("b", "Bob", 40, Decimal(20)))
    paid = payable_awards(vickrey(100), outcome(awards, {"Alice": Decimal(2100), "Bob": Decimal(1300)}))
    assert paid == (ClearingAward("a", "Alice", 60, Decimal(35)), ClearingAward("b", "Bob", 40, Decimal("32.5")))


def test_what_does_not_divide_gives_the_last_units_a_smallest_step_more() -> None:
    """100 over 3 units is 33.3333 and a third: 2 x 33.3333 + 1 x 33.3334 = 100. One over 7 is 0.1428 and 4 steps."""
    awards = (
        ClearingAward("a", "Alice", 3, Decimal(10)),
        ClearingAward("b", "Bob", 5, Decimal(0)),
        ClearingAward("c", "Bob", 2, Decimal(0)),
    )
    paid = payable_awards(vickrey(10), outcome(awards, {"Alice": Decimal(100), "Bob": Decimal(1)}))
    assert paid == (
        ClearingAward("a", "Alice", 2, Decimal("33.3333")),
        ClearingAward("a", "Alice", 1, Decimal("33.3334")),
        ClearingAward("b", "Bob", 3, Decimal("0.1428")),
        ClearingAward("b", "Bob", 2, Decimal("0.1429")),
        ClearingAward("c", "Bob", 2, Decimal("0.1429")),
    )


def test_a_payment_to_the_estate_is_spread_as_exactly() -> None:
    paid = payable_awards(vickrey(3), outcome((ClearingAward("a", "Alice", 3, Decimal(-9)),), {"Alice": Decimal(-10)}))
    assert [(award.units, award.edge_bps) for award in paid] == [(1, Decimal("-3.3334")), (2, Decimal("-3.3333"))]


def test_the_other_formats_are_paid_as_they_are_decided() -> None:
    bids = [
        ClearingBid("a", "Alice", "Alice", 3, Decimal("1.0001"), 1),
        ClearingBid("b", "Bob", "Bob", 3, Decimal(2), 2),
    ]
    for form in (Format.PAY_AS_BID, Format.UNIFORM):
        decided = clear(ClearingTerms(form, 5, Decimal(9)), bids)
        assert payable_awards(ClearingTerms(form, 5, Decimal(9)), decided) == decided.awards


EDGES = st.integers(-100_000, 100_000).map(lambda steps: Decimal(steps) * TICK)
BIDS = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(1, 20), EDGES, st.booleans()), min_size=1, max_size=8)


@given(offers=BIDS, units=st.integers(1, 40))
def test_everybody_is_paid_its_externality_exactly_and_no_unit_above_the_reserve(offers, units) -> None:
    terms = vickrey(units, "10")
    bids = [
        ClearingBid(str(place), owner, owner, most, edge, place, all_or_none=block)
        for place, (owner, most, edge, block) in enumerate(offers, 1)
    ]
    decided = clear(terms, bids)
    paid = payable_awards(terms, decided)
    totals = dict.fromkeys(decided.payments, Decimal(0))
    for award in paid:
        assert award.units > 0
        assert award.edge_bps <= 10
        assert award.edge_bps % TICK == 0
        totals[award.provider] += award.units * award.edge_bps
    assert totals == decided.payments
    assert units_by_bid(paid) == units_by_bid(decided.awards)
    for provider in decided.payments:
        edges = {award.edge_bps for award in paid if award.provider == provider}
        assert max(edges) - min(edges) <= TICK
