"""The clearing agrees with a second one that tries every allocation, on thousands of small random auctions."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from auctions.rules.clearing import (
    ClearingBid,
    ClearingRefused,
    ClearingTerms,
    Format,
    Outcome,
    PriceRule,
    Rationing,
    clear,
)
from tests.rules import brute_force

FORMATS = [
    ("PAY_AS_BID", "LAST_ACCEPTED"),
    ("UNIFORM", "LAST_ACCEPTED"),
    ("UNIFORM", "FIRST_REJECTED"),
    ("VICKREY", "LAST_ACCEPTED"),
]
EDGES = [[Fraction(edge) for edge in edges] for edges in (["5"], ["0", "5"], ["-3", "1", "2", "2.5", "4"])]
CASES = 12 * settings.get_profile(settings.get_current_profile_name()).max_examples


def random_problem(random: Random, auction_format: str, price_rule: str) -> dict[str, Any]:
    count = random.randint(0, 5)
    edges = random.choice(EDGES)
    packages = 0.0 if price_rule == "FIRST_REJECTED" else random.choice([0.0, 0.3, 0.7])
    sequences = random.sample(range(1, 100), count)
    bids = []
    for place, sequence in enumerate(sequences):
        units = random.randint(1, 4)
        provider = random.choice("ABCD")
        bids.append(
            {
                "id": f"bid {place}",
                "provider": provider,
                "group": random.choice([provider, "AB" if provider in "AB" else provider]),
                "units": units,
                "edge_bps": random.choice(edges),
                "tier": random.choice([1, 1, 1, 2]),
                "sequence": sequence,
                "all_or_none": random.random() < packages / 2,
                "min_units": random.randint(1, units) if random.random() < packages else 1,
            }
        )
    return {
        "format": auction_format,
        "price_rule": price_rule,
        "units": random.randint(1, 8),
        "reserve_edge_bps": random.choice([None, Fraction(2), Fraction(5), Fraction(7)]),
        "min_bidders": random.choice([0, 1, 1, 2]),
        "rationing": random.choice(["PRO_RATA", "SEQUENCE"]),
        "first_rejected_cap_bps": random.choice([None, Fraction(0), Fraction(1)]),
        "bids": bids,
    }


def as_terms(problem: dict[str, Any]) -> ClearingTerms:
    return ClearingTerms(
        format=Format(problem["format"]),
        units=problem["units"],
        reserve_edge_bps=as_decimal(problem["reserve_edge_bps"]),
        price_rule=PriceRule(problem["price_rule"]),
        rationing=Rationing(problem["rationing"]),
        min_bidders=problem["min_bidders"],
        first_rejected_cap_bps=as_decimal(problem["first_rejected_cap_bps"]),
    )


def as_bids(problem: dict[str, Any]) -> list[ClearingBid]:
    return [ClearingBid(**bid | {"edge_bps": as_decimal(bid["edge_bps"])}) for bid in problem["bids"]]


def as_decimal(number: Fraction | None) -> Decimal | None:
    return None if number is None else Decimal(number.numerator) / number.denominator


def as_answer(outcome: Outcome) -> dict[str, Any]:
    edge = outcome.clearing_edge_bps
    return {
        "result": outcome.result,
        "clearing_edge_bps": None if edge is None else Fraction(edge),
        "unfilled_units": outcome.unfilled_units,
        "awards": {award.bid: (award.units, Fraction(award.edge_bps)) for award in outcome.awards},
        "payments": {provider: Fraction(amount) for provider, amount in outcome.payments.items()},
    }


def both(problem: dict[str, Any]) -> tuple[dict[str, Any] | str, dict[str, Any] | str]:
    """The product's answer and the brute force's."""
    try:
        outcome = clear(as_terms(problem), as_bids(problem))
        ours: dict[str, Any] | str = as_answer(outcome)
        assert outcome.optimal in (True, None)
    except ClearingRefused:
        ours = "REFUSED"
    try:
        return ours, brute_force.clear(problem)
    except brute_force.Refused:
        return ours, "REFUSED"


@pytest.mark.parametrize(("auction_format", "price_rule"), FORMATS)
def test_every_small_auction_clears_as_trying_everything_says(auction_format: str, price_rule: str) -> None:
    random, seen = Random(f"{auction_format} {price_rule}"), Counter[str]()
    for _ in range(CASES):
        problem = random_problem(random, auction_format, price_rule)
        ours, expected = both(problem)
        assert ours == expected, problem
        seen[expected if isinstance(expected, str) else expected["result"]] += 1
    assert seen["AWARDED"] > CASES / 3, "most cases must sell something to say anything"
