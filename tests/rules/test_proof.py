"""Whose packages a Vickrey auction is proven with: a flooder loses what is above its share, nobody else anything."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from auctions.lifecycle import BidState
from auctions.rules.clearing import (
    ClearingBid,
    ClearingTerms,
    Format,
    PriceRule,
    Rationing,
    Result,
    clear,
    packages_each,
    provable,
)
from auctions.rules.editions import EDITIONS
from auctions.rules.transcript import decide
from auctions.rules.verification import differences
from tests.rules import brute_force
from tests.rules.market import bid, in_order, selling
from tests.rules.sealed import KEY, TERMS, opened, signed
from tests.rules.strategies import bid_lists

VICKREY = Format.VICKREY


def flood(count: int, edge: int = 49, first: int = 100, **more: object) -> list[ClearingBid]:
    """So many worthless packages of two units of one bidder."""
    names = [f"flood {number}" for number in range(count)]
    whose = {"provider": "Mallory", "group": "Mallory", **more}
    return [bid(name, 2, edge, first + at, all_or_none=True, **whose) for at, name in enumerate(names)]


def ids(bids: list[ClearingBid]) -> set[str]:
    return {bid.id for bid in bids}


def test_worthless_packages_of_one_bidder_spend_nobody_elses_proof() -> None:
    """1,100 packages of 2 units on 1,000, after others' bids, some of them packages too: prices are as without them."""
    honest = [
        *in_order(("Alice", 400, 10), ("Bob", 400, 20), ("Charlie", 500, 30)),
        *(bid(f"Dora {n}", 100, 25, 10 + n, all_or_none=True, provider="Dora", group="Dora") for n in range(4)),
        *(bid(f"Eve {n}", 2, 50, 2000 + n, all_or_none=True, provider="Eve", group="Eve") for n in range(4)),
    ]
    terms = selling(VICKREY, 1000, 50)
    let_in = provable([*honest, *flood(1100)], VICKREY, 1000, terms.reserve_edge_bps)
    assert ids(honest) <= ids(let_in), "nobody else loses a package"
    outcome, alone = clear(terms, let_in), clear(terms, honest)
    assert (outcome.result, outcome.unfilled_units, outcome.optimal) == (Result.AWARDED, 0, True)
    assert outcome.awards == alone.awards
    assert outcome.payments["Alice"] == alone.payments["Alice"], "500 units at 30 are there to replace her"


def test_bids_that_can_be_cut_anywhere_are_always_let_in_and_cleared_exactly() -> None:
    """On a million units the work is not enough for one package."""
    whole = in_order(("Alice", 400_000, 10), ("Bob", 400_000, 20), ("Charlie", 500_000, 30))
    let_in = provable([*whole, *flood(50)], VICKREY, 10**6, Decimal(50))
    assert let_in == whole
    assert clear(selling(VICKREY, 10**6, 50), let_in).unfilled_units == 0


def test_related_providers_share_one_share_and_cheaper_packages_come_first() -> None:
    room = len(provable(flood(2000), VICKREY, 1000, Decimal(50)))
    sisters = [
        replace(one, id=f"sister {one.id}", provider="Sister", sequence=one.sequence + 5000) for one in flood(2000)
    ]
    bob = [bid(f"Bob {n}", 2, 40 + n % 2, n + 1, all_or_none=True, provider="Bob", group="Bob") for n in range(2000)]
    let_in = provable([*flood(2000), *sisters, *bob], VICKREY, 1000, Decimal(50))
    of_bob = [one for one in let_in if one.provider == "Bob"]
    assert abs(2 * len(of_bob) - len(let_in)) <= 1, "two groups, though three providers"
    assert {one.edge_bps for one in of_bob} == {Decimal(40)}
    assert len(let_in) < room, "more winners cost more"


def test_what_is_above_the_reserve_or_too_large_takes_no_place_of_any() -> None:
    honest = flood(200, first=5000, provider="Bob", group="Bob")
    useless = [*flood(1000, edge=51), *flood(1000, first=2000)]
    useless[1000:] = [replace(one, id=f"large {one.id}", units=1001) for one in useless[1000:]]
    assert ids(honest) <= ids(provable([*useless, *honest], VICKREY, 1000, Decimal(50)))


def test_other_formats_take_all() -> None:
    for each in (Format.PAY_AS_BID, Format.UNIFORM):
        assert provable(flood(2000), each, 1000, Decimal(50)) == flood(2000)


def test_each_may_place_a_tenth_of_what_is_proven_and_one_at_least() -> None:
    assert [packages_each(units) for units in (100, 1000, 10**6)] == [599, 59, 1]
    ten = [one for who in range(10) for one in flood(59, first=100 * who, provider=f"P{who}", group=f"P{who}")]
    ten = [replace(one, id=f"{one.provider} {one.id}") for one in ten]
    assert len(provable(ten, VICKREY, 1000, Decimal(50))) == 590, "ten who place all they may lose none"


@given(bid_lists(packages=True, largest=4, most=6), st.integers(1, 6), st.integers(0, 150))
def test_what_is_let_in_is_cleared_with_the_payments_of_brute_force(bids, units, work_limit) -> None:
    reserve = Decimal(60)
    let_in = provable(bids, VICKREY, units, reserve, work_limit)
    assert ids([one for one in bids if not one.is_package]) <= ids(let_in)
    admitted = [one for one in let_in if one.least_units <= units and one.edge_bps <= reserve]
    problem = {
        "format": "VICKREY",
        "price_rule": PriceRule.LAST_ACCEPTED.value,
        "rationing": Rationing.PRO_RATA.value,
        "units": units,
        "reserve_edge_bps": Fraction(reserve),
        "min_bidders": 1,
        "bids": [
            {
                "id": one.id,
                "provider": one.provider,
                "group": one.group,
                "units": one.units,
                "edge_bps": Fraction(one.edge_bps),
                "sequence": one.sequence,
                "tier": one.tier,
                "all_or_none": one.all_or_none,
                "min_units": one.min_units,
            }
            for one in admitted
        ],
    }
    terms = ClearingTerms(format=VICKREY, units=units, reserve_edge_bps=reserve)
    outcome = clear(terms, let_in, work_limit)
    assert {who: Fraction(paid) for who, paid in outcome.payments.items()} == brute_force.clear(problem)["payments"]


def test_a_transcript_of_before_is_undecided_where_todays_leaves_packages_out() -> None:
    terms = replace(TERMS, format=VICKREY, units=1000)
    bids = [opened(1, "Alice", 600, "10"), opened(2, "Bob", 900, "20")]
    bids += [opened(3 + n, "Mallory", 2, "300", all_or_none=True) for n in range(1100)]
    transcript = signed(bids, terms)
    assert (transcript.outcome.result, transcript.outcome.unfilled_units) == (Result.AWARDED, 0)
    assert {bid.state for bid in transcript.bids[2:]} == {BidState.LOST}
    assert list(differences(transcript, [], [KEY.public_key])) == []
    before = decide(terms, bids, shares_proof=EDITIONS[3].shares_proof)
    assert before.undecided == "cannot be VICKREY: exact payments for so many packages take too long"
