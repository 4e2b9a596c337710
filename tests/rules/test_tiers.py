"""Tiers: thresholds exactly, what counts as funded, and that more of a promise never makes anybody worse."""

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.commitments import Capacity, CommitmentCap, Reason
from accounts.rules.terms import CapName
from accounts.rules.tiers import LAST_TIER, Ladder, funded_capacity
from backstop.values.amounts import ZERO

AMOUNTS = st.decimals(0, 10_000, places=2)
LADDER = Ladder(Decimal(1000), Decimal(500))


def capacity(*limits, edge="50", reasons=(), used="0") -> Capacity:
    """Caps of (limit, what a unit needs of it)."""
    caps = (
        CommitmentCap(CapName.WINDOW, uuid4(), Decimal(limit), Decimal(used), Decimal(per_unit))
        for limit, per_unit in limits
    )
    return Capacity(uuid4(), None if edge is None else Decimal(edge), tuple(reasons), tuple(caps))


def funded(found: Capacity, unit_notional="10", max_edge="50") -> Decimal | None:
    return funded_capacity(found, Decimal(unit_notional), Decimal(max_edge), 6)


@pytest.mark.parametrize(
    ("amount", "tier"), [(None, 1), ("1000", 1), ("999.999999", 2), ("500", 2), ("499.999999", 3), ("0", 3)]
)
def test_a_threshold_that_is_met_exactly_is_met(amount, tier) -> None:
    assert LADDER.tier_of(None if amount is None else Decimal(amount)) == tier


def test_equal_thresholds_leave_out_the_second_tier_and_zero_ones_all() -> None:
    both = Ladder(Decimal(500), Decimal(500))
    assert [both.tier_of(Decimal(amount)) for amount in (500, 499)] == [1, LAST_TIER]
    assert Ladder(Decimal(500), ZERO).tier_of(None) == Ladder(ZERO, ZERO).tier_of(Decimal(10**9)) == LAST_TIER


def test_the_scarcest_of_all_limits_is_what_is_funded() -> None:
    # 800 of the lot by the cap; 700 by a cap for a half of each unit; 60 units by collateral at 1 a unit
    assert funded(capacity(("800", "10"))) == 800
    assert funded(capacity(("800", "10"), ("350", "5"))) == 700
    assert funded(capacity(("800", "10"), ("350", "5"), ("60", "1"))) == 600
    assert funded(capacity()) is None


def test_what_is_used_already_was_promised_all_the_same() -> None:
    assert funded(capacity(("800", "10"), used="800")) == 800


def test_a_promise_that_can_never_be_accepted_is_none() -> None:
    assert funded(capacity(("800", "10"), edge="50")) == 800
    for empty in (
        capacity(("800", "10"), edge="50.0001"),
        capacity(("800", "10"), edge=None),
        capacity(("800", "10"), reasons=[Reason.SIDE_EXCLUDED]),
        capacity(reasons=[Reason.PROVIDER_SUSPENDED]),
    ):
        assert funded(empty) == 0


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_who_promises_and_funds_more_is_never_of_a_worse_tier(one, other, first, second) -> None:
    ladder = Ladder(max(first, second), min(first, second))
    assert ladder.tier_of(max(one, other)) <= ladder.tier_of(min(one, other)) <= LAST_TIER
