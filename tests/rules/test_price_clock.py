"""The price clock of one auction: when it starts, how long it has run, and the edge of an instant."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from auctions.rules.curves import Piecewise
from auctions.rules.outages import LastBeat
from auctions.rules.price_clock import PriceClock, seconds_between

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
CURVE = Piecewise(((Decimal(0), Decimal(5)), (Decimal(45), Decimal(500))))
MOMENT = timedelta(microseconds=1)


def clock(priority: int = 0, halted: str = "0") -> PriceClock:
    return PriceClock(CURVE, OPENED, priority, Decimal(halted), LastBeat())


def after(seconds: str) -> datetime:
    return OPENED + timedelta(microseconds=int(Decimal(seconds) * 10**6))


@pytest.mark.parametrize(("seconds", "edge"), [("0", "5"), ("0.1", "6.1"), ("45", "500"), ("1000", "500")])
def test_the_edge_follows_the_curve(seconds, edge):
    assert clock().edge_at(after(seconds), Decimal(500)) == Decimal(edge)


def test_the_edge_is_floored_to_four_decimals_and_at_most_the_cap():
    assert clock().edge_at(after("0.000009"), Decimal(500)) == 5, "5.000099"
    assert clock().edge_at(after("0.00001"), Decimal(500)) == Decimal("5.0001")
    assert clock().edge_at(after("45"), Decimal("0.5")) == Decimal("0.5")


def test_it_starts_when_the_priority_ends_exactly_and_stands_at_its_start_until_then():
    waiting = clock(priority=10)
    assert waiting.starts_at == after("10")
    assert [waiting.has_started(at) for at in (after("10") - MOMENT, after("10"))] == [False, True]
    assert waiting.seconds_at(after("4")) == -6
    assert [waiting.edge_at(after(at), Decimal(500)) for at in ("0", "10", "11")] == [5, 5, 16]


def test_halts_do_not_count():
    assert clock(halted="20").seconds_at(after("29")) == 9
    assert clock(priority=10, halted="0.5").starts_at == after("10.5")


def test_seconds_are_exact_to_the_microsecond():
    assert seconds_between(OPENED, OPENED + timedelta(days=400) + MOMENT) == Decimal("34560000.000001")
