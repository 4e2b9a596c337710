"""The regime of a market: at each threshold, in time, by silence and by breakers; and that it cannot flap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.regimes import (
    Breaking,
    Regime,
    ReportedConditions,
    Thresholds,
    after,
    begun,
    in_force,
    regime,
    worst_over_time,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
THRESHOLDS = Thresholds(
    depth=Decimal(1000),
    spread_bps=Decimal(50),
    volatility_bps=Decimal(300),
    stale_share=Decimal("0.2"),
    calm_percent=80,
    dwell=10 * MINUTE,
    max_gap=5 * MINUTE,
)
FINE = ReportedConditions(
    NOON, depth=Decimal(5000), spread_bps=Decimal(1), volatility_bps=Decimal(1), stale_share=Decimal(0)
)


def at(minute: float, **fields: str) -> ReportedConditions:
    return replace(FINE, at=NOON + minute * MINUTE, **{name: Decimal(value) for name, value in fields.items()})


def breaking(minute: float, halts: bool) -> Breaking:
    return Breaking(NOON + minute * MINUTE, halts)


def now(*series: ReportedConditions | Breaking, minute: float | None = None) -> Regime:
    return regime(series, THRESHOLDS, series[-1].at if minute is None else NOON + minute * MINUTE)


def every_minute(since: int, until: int, **fields: str) -> list[ReportedConditions]:
    return [at(minute, **fields) for minute in range(since, until)]


class TestEntering:
    @pytest.mark.parametrize(
        ("name", "below", "reached"),
        [
            ("spread_bps", "49.9999", "50"),
            ("volatility_bps", "299.9999", "300"),
            ("stale_share", "0.199999", "0.2"),
            ("depth", "1000.000001", "1000"),
        ],
    )
    def test_a_market_is_stressed_at_each_threshold_and_not_before(self, name: str, below: str, reached: str) -> None:
        assert now(at(0, **{name: below})) == Regime.CALM
        assert now(at(0, **{name: reached})) == Regime.STRESSED

    def test_what_has_no_threshold_is_not_looked_at(self) -> None:
        nothing = replace(THRESHOLDS, depth=None, spread_bps=None, volatility_bps=None, stale_share=None)
        worst = at(0, depth="0", spread_bps="9999", volatility_bps="9999", stale_share="1")
        assert regime([worst], nothing, NOON) == Regime.CALM

    def test_a_market_of_which_nothing_was_reported_is_calm(self) -> None:
        assert regime([], THRESHOLDS, NOON) == Regime.CALM


class TestLeaving:
    @pytest.mark.parametrize(
        ("name", "still", "below"),
        [
            ("spread_bps", "40", "39.9999"),
            ("volatility_bps", "240", "239.9999"),
            ("stale_share", "0.16", "0.159999"),
            ("depth", "1250", "1250.000001"),
        ],
    )
    def test_it_is_calm_again_below_a_lower_threshold_only(self, name: str, still: str, below: str) -> None:
        stressed = every_minute(0, 10, spread_bps="50")
        assert now(*stressed, at(10, **{name: still})) == Regime.STRESSED
        assert now(*stressed, at(10, **{name: below})) == Regime.CALM

    def test_it_is_stressed_for_so_long_at_least(self) -> None:
        stressed = [at(0, spread_bps="50"), *every_minute(1, 10)]
        assert now(*stressed, at(9.99)) == Regime.STRESSED
        assert now(*stressed, at(10)) == Regime.CALM


class TestSilence:
    def test_a_market_is_stressed_where_nothing_was_reported_for_longer_than_the_gap(self) -> None:
        assert now(at(0), minute=5) == Regime.CALM
        assert now(at(0), minute=5.01) == Regime.STRESSED

    def test_it_was_stressed_since_the_gap_whatever_is_reported_then(self) -> None:
        assert now(at(0), at(6)) == Regime.STRESSED
        assert now(at(0), at(6), *every_minute(7, 15), at(14.99)) == Regime.STRESSED
        assert now(at(0), at(6), *every_minute(7, 15), at(15)) == Regime.CALM


class TestHalts:
    def test_it_is_halted_while_a_breaker_halts_it_and_stressed_after_that(self) -> None:
        halted = [at(0), breaking(1, True)]
        assert now(*halted) == Regime.HALTED
        assert now(*halted, at(20)) == Regime.HALTED
        assert now(*halted, at(20), minute=60) == Regime.HALTED
        resumed = [*halted, at(20), breaking(21, False)]
        assert now(*resumed) == Regime.STRESSED
        assert now(*resumed, *every_minute(22, 31)) == Regime.STRESSED
        assert now(*resumed, *every_minute(22, 32)) == Regime.CALM

    def test_to_halt_again_or_to_resume_what_goes_on_changes_nothing(self) -> None:
        calm = after(begun(at(0)), at(0), THRESHOLDS)
        halted = after(calm, breaking(1, True), THRESHOLDS)
        assert after(halted, breaking(2, True), THRESHOLDS) == halted
        assert after(calm, breaking(1, False), THRESHOLDS) == calm

    def test_breakers_alone_make_no_regime(self) -> None:
        assert now(breaking(0, True)) == now(breaking(0, True), minute=60) == Regime.CALM
        assert now(breaking(0, True), at(1)) == Regime.CALM


steps = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from(["0", "39", "40", "49", "50", "60"]) | st.booleans()), max_size=30
)


@given(steps)
def test_it_never_goes_from_halted_to_calm_nor_is_stressed_for_too_short(said: list[tuple[int, str | bool]]) -> None:
    minute, standing, seen = 0, None, []
    for waited, what in said:
        minute += waited
        next_ = at(minute, spread_bps=what) if isinstance(what, str) else breaking(minute, what)
        seen.append(next_)
        if standing is None and isinstance(next_, ReportedConditions):
            standing = begun(next_)
        if standing is None:
            continue
        before = in_force(standing, THRESHOLDS.max_gap, next_.at)
        standing = after(standing, next_, THRESHOLDS)
        if standing.regime != before.regime:
            assert (before.regime, standing.regime) != (Regime.HALTED, Regime.CALM)
            if standing.regime == Regime.CALM:
                assert standing.began_at - before.began_at >= THRESHOLDS.dwell
        assert now(*seen) == standing.regime, "it is what the whole series makes it"


def test_the_worst_of_some_markets_is_told_at_each_change_of_one() -> None:
    """Equal instants: of both at once; before a market was told of it is calm."""
    at = [datetime(2027, 1, 1, hour, tzinfo=UTC) for hour in range(5)]
    first = [(at[0], Regime.STRESSED), (at[2], Regime.CALM)]
    second = [(at[1], Regime.HALTED), (at[2], Regime.STRESSED), (at[4], Regime.CALM)]
    told = ["STRESSED", "HALTED", "STRESSED", "CALM"]
    assert worst_over_time([first, second, []]) == list(zip([at[0], at[1], at[2], at[4]], told, strict=True))


def test_of_what_one_market_was_told_of_one_instant_the_last_counts() -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    for told in ((Regime.STRESSED, Regime.HALTED), (Regime.STRESSED, Regime.CALM)):
        assert worst_over_time([[(at, regime) for regime in told]]) == [(at, told[-1])]
