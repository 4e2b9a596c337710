"""How a lot that is too large is cut, and what is in its units: exact, leg by leg."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.lots import MOST_PARTS, cut_quantity, part_count
from auctions.rules.valuation import LINEAR, LONG, Leg

D = Decimal
BTC, ETH = UUID(int=1), UUID(int=2)


def leg(instrument: UUID, quantity: str, step: str) -> Leg:
    return Leg(instrument, LINEAR, LONG, D(quantity), D(step), D("0.1"), D(1))


@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        ("40000", 1),  # a lot of exactly the limit stays whole
        ("39999.99", 2),
        ("20000", 2),
        ("19999.99", 3),  # 0.667 + 0.667 + 0.666
        ("13340", 3),
        ("13339.99", 4),  # one of three parts would hold 0.667
        ("400", 100),
        ("1", MOST_PARTS),
    ],
)
def test_two_bitcoin_at_20000_are_cut_into_the_fewest_parts_within_the_limit(limit: str, parts: int) -> None:
    legs = [leg(BTC, "2", "0.001")]
    assert part_count(legs, {BTC: D(20000)}, [(legs, D(limit))], 6) == parts


def test_a_lot_of_one_step_stays_as_it_is() -> None:
    legs = [leg(BTC, "0.5", "0.5")]
    assert part_count(legs, {BTC: D(20000)}, [(legs, D(1))], 6) == 1


def test_no_part_lacks_a_leg() -> None:
    legs = [leg(BTC, "2", "0.001"), leg(ETH, "3", "1")]
    assert part_count(legs, {BTC: D(20000), ETH: D(1000)}, [(legs, D(100))], 6) == 3


def test_each_limit_is_one_on_its_own_legs() -> None:
    legs, marks = [leg(BTC, "2", "0.001"), leg(ETH, "30", "1")], {BTC: D(20000), ETH: D(1000)}
    assert part_count(legs, marks, [], 6) == 1
    assert part_count(legs, marks, [(legs[1:], D(15000))], 6) == 2
    assert part_count(legs, marks, [(legs, D(35000)), (legs[1:], D(10000))], 6) == 3
    assert part_count(legs, marks, [([], D(1))], 6) == 1


def test_three_steps_in_two_parts_differ_by_a_step() -> None:
    assert cut_quantity(leg(ETH, "3", "1"), 2) == [D(1), D(2)]


legs_of_lots = st.lists(
    st.tuples(st.integers(1, 3000), st.decimals("0.001", "10", places=3), st.decimals("0.01", "9", places=2)),
    min_size=1,
    max_size=4,
)


@given(legs_of_lots, st.decimals("0.01", "40000", places=2))
def test_parts_are_the_whole_within_the_limit_and_as_few_as_can_be(drawn: list[tuple[int, D, D]], limit: D) -> None:
    legs = [
        Leg(UUID(int=place), LINEAR, LONG, steps * step, step, D("0.1"), D(1))
        for place, (steps, step, _) in enumerate(drawn)
    ]
    marks = {UUID(int=place): price for place, (_, _, price) in enumerate(drawn)}
    parts = part_count(legs, marks, [(legs, limit)], 6)
    cut = [cut_quantity(each, parts) for each in legs]
    assert [sum(quantities) for quantities in cut] == [each.quantity for each in legs]
    assert all(
        quantity > 0 and quantity % each.quantity_step == 0 for each, q in zip(legs, cut, strict=True) for quantity in q
    )
    worth = [
        sum(q * marks[each.instrument_id] for each, q in zip(legs, part, strict=True))
        for part in zip(*cut, strict=True)
    ]
    finest = min(MOST_PARTS, *(each.steps for each in legs))
    assert 1 <= parts <= finest
    assert parts == finest or max(worth) <= limit
    whole = sum(worth)
    assert parts == 1 or whole > limit
    assert (parts - 1) * limit < whole + (parts - 1) * sum(s * p for _, s, p in drawn), "one part fewer would not do"
