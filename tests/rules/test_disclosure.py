"""Bands and risk: what is shown of a lot whose size is not, and that nothing else follows from it."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.disclosure import (
    PERCENTS,
    Band,
    band_hold,
    band_of,
    is_net_long,
    risk_percent,
    unit_notional_in,
)
from auctions.rules.holds import Hold, hold_for
from auctions.rules.valuation import LINEAR, SPOT, Leg

D = Decimal
BTC, ETH = UUID(int=1), UUID(int=2)
MARKS = {BTC: D(20000), ETH: D(200)}


def leg(instrument: UUID, side: str, quantity: str, kind: str = LINEAR, margin_rate: str = "0.1") -> Leg:
    return Leg(instrument, kind, side, D(quantity), D("0.001"), D(margin_rate), D(1))


@pytest.mark.parametrize(
    ("notional", "above", "up_to"),
    [
        ("40000", "20000", "50000"),
        ("50000", "20000", "50000"),  # the end of a band belongs to it
        ("50000.01", "50000", "100000"),
        ("100000", "50000", "100000"),
        ("100000.01", "100000", "200000"),
        ("0.03", "0.02", "0.05"),
        ("1", "0.5", "1"),
    ],
)
def test_the_band_of_a_notional(notional: str, above: str, up_to: str) -> None:
    assert band_of(D(notional)) == Band(D(above), D(up_to))


def test_nothing_has_no_band() -> None:
    with pytest.raises(ValueError, match="above zero"):
        band_of(D(0))


notionals = st.decimals("0.000001", 10**15, places=6)


@given(notionals)
def test_a_notional_is_in_its_band_and_everything_in_the_band_is_in_the_same(notional: D) -> None:
    band = band_of(notional)
    assert band.above < notional <= band.up_to
    assert band.up_to / band.above in (2, D("2.5"))
    assert band_of(band.up_to) == band
    assert band_of(band.above).up_to == band.above


def test_the_risk_is_margin_and_what_spot_costs_in_whole_percents_rounded_up() -> None:
    assert risk_percent([leg(BTC, "LONG", "2")], MARKS) == 10
    assert risk_percent([leg(BTC, "SHORT", "7")], MARKS) == 10
    assert risk_percent([leg(BTC, "LONG", "2", margin_rate="0.1001")], MARKS) == 11
    assert risk_percent([leg(ETH, "LONG", "100", SPOT, "0")], MARKS) == 100
    # 40,000 at 10 % and 20,000 of spot at their value: 24,000 of 60,000
    assert risk_percent([leg(BTC, "LONG", "2"), leg(ETH, "LONG", "100", SPOT, "0")], MARKS) == 40


def test_a_percent_of_a_lot_of_up_to_50000_at_a_risk_of_10_percent_holds_51_50() -> None:
    # 500 and 3 % for drift; the base is one percent more, with its margin
    assert band_hold(D(50000), 10, D(300), 6) == Hold(unit=D("51.5"), exposure=D(515), base=D("566.5"))


def test_net_long_is_what_gains_when_prices_rise_and_flat_is_long() -> None:
    assert is_net_long([leg(BTC, "LONG", "2"), leg(ETH, "SHORT", "100")], MARKS)
    assert not is_net_long([leg(BTC, "LONG", "2"), leg(ETH, "SHORT", "200.001")], MARKS)
    assert is_net_long([leg(BTC, "LONG", "2"), leg(ETH, "SHORT", "200")], MARKS)


@given(st.integers(1, 10**6), st.decimals("0.01", "1", places=2), st.integers(1, PERCENTS))
def test_a_bid_holds_at_least_what_it_would_if_all_were_shown(steps: int, rate: D, percents: int) -> None:
    legs = [Leg(BTC, LINEAR, "LONG", D(steps), D(1), rate, D(1))]
    marks = {BTC: D(3)}
    shown = hold_for(legs, marks, PERCENTS, D(300), 6)
    hidden = band_hold(band_of(D(3 * steps)).up_to, risk_percent(legs, marks), D(300), 6)
    assert hidden.unit >= shown.unit - D("0.000001")
    assert hidden.exposure >= shown.exposure - D("0.000001")
    assert hidden.of(percents, D(5), 6) >= percents * shown.unit - D("0.0001")


@given(notionals, notionals)
def test_a_commitments_share_of_a_percent_follows_from_the_band_alone(one: D, other: D) -> None:
    if band_of(one) == band_of(other):
        up_to = band_of(one).up_to
        assert unit_notional_in(up_to, one, one, 6) == unit_notional_in(up_to, other, other, 6)
