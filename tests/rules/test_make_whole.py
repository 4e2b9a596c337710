"""What failing costs: every threshold at equality, and never more than was held for it."""

from decimal import Decimal as D
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.make_whole import Failed, MakeWhole, Replacement, make_whole, replaced_by, venue_fault
from auctions.rules.valuation import LINEAR, Leg

A = UUID(int=1)


def leg(quantity: int = 2, side: str = "LONG") -> Leg:
    return Leg(A, LINEAR, side, D(quantity), D(1), D("0.1"), D(100))


def cost(*replacements: Replacement, price: str = "20000", held: str = "4000", penalty_bps: str = "50") -> MakeWhole:
    failed = Failed(D(50), {A: D(20000)}, D(40000), D(held))
    return make_whole(failed, replacements, {A: D(price)}, penalty_bps=D(penalty_bps), scale=2)


@pytest.mark.parametrize(
    ("edge", "price", "held", "amount", "to_estate"),
    [
        ("50", "20000", "4000", "200", "0"),  # nothing lost
        ("100", "20000", "4000", "200", "200"),  # the loss is the penalty
        ("100.01", "20000", "4000", "200.04", "200.04"),
        ("0", "18500", "4000", "2800", "2800"),
        ("0", "21500", "4000", "200", "0"),  # a gain makes up for nothing else
        ("0", "17900", "4000", "4000", "4000"),  # all that was held
        ("0", "17899", "4000", "4000", "4000"),
        ("50", "20000", "199.99", "199.99", "0"),
        (None, "19950", "4000", "200", "100"),  # the fund, or nobody: drift alone
    ],
)
def test_the_penalty_or_the_loss_up_to_what_was_held(edge, price, held, amount, to_estate) -> None:
    replacement = Replacement((leg(),), edge and D(edge))
    assert cost(replacement, price=price, held=held) == MakeWhole(D(amount), D(to_estate))


def test_what_one_replacement_gains_does_not_pay_for_another() -> None:
    dear, cheap = Replacement((leg(1),), D(150)), Replacement((leg(1),), D(0))
    assert cost(dear, cheap, penalty_bps="0") == MakeWhole(D(200), D(200))


def test_a_short_loses_as_the_mark_rises() -> None:
    assert cost(Replacement((leg(side="SHORT"),), None), price="21000").to_estate == 2000


def test_each_unit_is_replaced_by_whoever_had_it_first_again() -> None:
    assert replaced_by((10, 10), [(0, 12), (5, 7), (11, 5), (18, 9), (0, 30)]) == [
        ((10, 2),),
        (),
        ((12, 4),),
        ((18, 2),),
        ((16, 2),),
    ]


prices = st.integers(1, 50_000).map(D)
edges = st.none() | st.integers(-100, 500).map(D)


@given(st.lists(st.tuples(st.integers(1, 50), edges), min_size=1, max_size=4), prices, prices, st.integers(0, 5000))
def test_it_never_costs_more_than_was_held_and_no_less_the_further_it_drifts(replacements, one, other, held) -> None:
    failing = [Replacement((leg(quantity),), edge) for quantity, edge in replacements]
    nearer, further = (cost(*failing, price=str(each), held=str(held)) for each in sorted((one, other), reverse=True))
    assert nearer.amount <= further.amount <= held
    assert nearer.to_estate <= further.to_estate <= further.amount


@pytest.mark.parametrize(
    ("fees", "tranche", "paid"),
    [("40", "0", ("40", "0")), ("39.99", "1", ("39.99", "0.01")), ("0", "39", ("0", "39")), ("0", "0", ("0", "0"))],
)
def test_a_venue_pays_from_its_fees_and_then_its_first_tranche(fees, tranche, paid) -> None:
    assert venue_fault(D(40000), D(10), fees=D(fees), tranche=D(tranche), scale=2) == tuple(map(D, paid))
