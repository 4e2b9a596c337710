"""The price clock of Dutch auctions: published curves, properties, and every boundary."""

import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.offline.curve import calculate, read_curve
from auctions.offline.inputs import parse
from auctions.rules.curves import (
    CURVES,
    Curve,
    CurveRefused,
    Exponential,
    Parameters,
    Piecewise,
    Stairstep,
    curve_of,
    edge_at,
    parameters_of,
    phased,
    schedule,
    snapshot_of,
    trace,
)
from backstop.values.bps import floor_edge

RAY = 10**27


def at(curve: Curve, seconds: str | int, cap: int | None = None) -> Decimal:
    return edge_at(curve, Decimal(seconds), None if cap is None else Decimal(cap))


def knots(*pairs: tuple[str | int, str | int]) -> Piecewise:
    return Piecewise(tuple((Decimal(seconds), Decimal(edge)) for seconds, edge in pairs))


class TestMaker:
    """Maker, dss, abaci.sol and its tests: a price in rays (27 decimals), here as the edge 10,000 (1 - price / top)."""

    CUT = Fraction("0.98876543211")  # the tests' decrease of 1.1234567890 % in each step, and their ten minutes

    @pytest.mark.parametrize("step", [1, 5, 300])
    def test_stairstep_prices_are_cut_every_step(self, step: int) -> None:
        curve = Stairstep(Decimal(0), Decimal("0.98876543211"), Decimal(step))
        price = Fraction(1)
        for second in range(601):
            if second and second % step == 0:
                price *= self.CUT
            assert abs(Fraction(at(curve, second)) - 10_000 * (1 - price)) < Fraction(1, 10**30)

    def test_the_contracts_own_arithmetic_is_met_to_twenty_digits(self) -> None:
        """`rmul(top, rpow(cut, dur / step, RAY))`, fixed point with 27 decimals, for a cut of 1 % every 90 seconds."""
        curve = Stairstep(Decimal(0), Decimal("0.99"), Decimal(90))
        for seconds in (0, 89, 90, 91, 900, 8_399, 8_400):
            power = RAY
            for _ in range(seconds // 90):
                power = (power * (RAY * 99 // 100) + RAY // 2) // RAY
            edge = 10_000 * (1 - Fraction(power, RAY))
            assert abs(Fraction(at(curve, seconds)) - edge) < Fraction(1, 10**20)

    def test_the_exponential_decrease_meets_the_stairs_at_every_whole_second(self) -> None:
        smooth, stairs = Exponential(Decimal(0), Decimal("0.999")), Stairstep(Decimal(0), Decimal("0.999"), Decimal(1))
        for second in range(0, 3600, 60):
            assert abs(at(smooth, second) - at(stairs, second)) < Decimal("1e-30")

    def test_the_linear_decrease_loses_a_tenth_every_six_minutes(self) -> None:
        """`test_linear_decrease`: to nothing within an hour, and nothing afterwards."""
        curve = knots((0, 0), (3600, 10_000))
        assert [at(curve, 360 * tenth) for tenth in range(12)] == [min(1000 * tenth, 10_000) for tenth in range(12)]


def test_blend_offers_more_of_the_lot_for_200_blocks_then_asks_less_for_200() -> None:
    """Blend, Liquidation Management: the lot rises by 0.5 % a block for 200 blocks, then the bid falls by as much.

    Collateral of 100 against a debt of 80, blocks of five seconds: what the filler keeps, in basis points of 100.
    """
    curve = knots((0, -8_000), (1_000, 2_000), (2_000, 10_000))
    for block in range(0, 401, 25):
        lot, debt = min(Fraction(block, 200), Fraction(1)), min(2 - Fraction(block, 200), Fraction(1))
        assert Fraction(at(curve, 5 * block)) == (lot * 100 - debt * 80) * 100


def test_derive_discounts_fast_then_slowly() -> None:
    """Derive, Liquidation Parameters: the price factor falls from 0.95 to 0.70 in 15 minutes, then to 0 in 12 hours."""
    curve = knots((0, 500), (900, 3_000), (44_100, 10_000))
    assert [at(curve, seconds) for seconds in (0, 450, 900, 22_500, 44_100, 50_000)] == [
        500, 1_750, 3_000, 6_500, 10_000, 10_000,
    ]  # fmt: skip


class TestPiecewise:
    CURVE = knots((10, 5), (20, 25), (30, 20))

    @pytest.mark.parametrize(
        ("seconds", "edge"),
        [(0, "5"), (10, "5"), ("12.5", "10"), (20, "25"), (25, "22.5"), (30, "20"), (10**9, "20")],
    )
    def test_it_is_linear_between_knots_and_flat_outside(self, seconds: str | int, edge: str) -> None:
        assert at(self.CURVE, seconds) == Decimal(edge)

    def test_fractions_of_a_second_count(self) -> None:
        assert at(knots((0, 0), (3, 100)), "0.03") == 1

    def test_what_no_decimal_can_hold_is_accurate_to_forty_digits(self) -> None:
        assert at(knots((0, 0), (3, 100)), 1) == Decimal("33.33333333333333333333333333333333333333")

    @given(st.lists(st.decimals(-100, 1000, places=2), min_size=2, max_size=6), st.decimals(0, 100, places=3))
    def test_it_stays_between_the_edges_around_it(self, heights: list[Decimal], seconds: Decimal) -> None:
        curve = knots(*[(place * 10, edge) for place, edge in enumerate(heights)])  # type: ignore[arg-type]
        left = min(int(seconds // 10), len(heights) - 1)
        around = heights[left : left + 2]
        assert min(around) <= edge_at(curve, seconds, None) <= max(around)


class TestDecay:
    def test_half_the_price_is_half_of_ten_thousand(self) -> None:
        curve = Exponential(Decimal(0), Decimal("0.5"))
        assert [at(curve, seconds) for seconds in (0, 1, 2, 3)] == [0, 5_000, 7_500, 8_750]

    def test_a_half_second_cuts_by_the_square_root(self) -> None:
        """1 - sqrt(0.99), to forty digits."""
        expected = Decimal("50.12562893380045265520178998793994821873")
        assert at(Exponential(Decimal(0), Decimal("0.99")), "0.5") == expected

    def test_a_price_above_the_mark_decays_through_it(self) -> None:
        assert at(Exponential(Decimal(-10_000), Decimal("0.5")), 1) == 0

    def test_the_price_fraction_is_cut_and_not_the_edge(self) -> None:
        assert at(Stairstep(Decimal(-50), Decimal("0.99"), Decimal(60)), 120) == Decimal("149.995")

    def test_a_step_holds_from_its_very_second(self) -> None:
        curve = Stairstep(Decimal(0), Decimal("0.9"), Decimal(90))
        assert (at(curve, "89.999999"), at(curve, 90), at(curve, "90.000001")) == (0, 1_000, 1_000)

    def test_after_very_long_nothing_of_the_price_is_left(self) -> None:
        assert at(Exponential(Decimal(0), Decimal("0.9")), 10**12) == 10_000

    def test_a_cut_of_one_stands_still(self) -> None:
        assert at(Exponential(Decimal(7), Decimal(1)), 10**6) == 7

    @given(
        st.decimals(-1000, 9_999, places=4),
        st.decimals("0.5", "0.999999", places=6),
        st.decimals(0, 5_000, places=3),
        st.decimals(0, 5_000, places=3),
    )
    def test_waiting_never_lowers_the_edge(self, start: Decimal, cut: Decimal, one: Decimal, other: Decimal) -> None:
        curves: tuple[Curve, ...] = (Exponential(start, cut), Stairstep(start, cut, Decimal(30)))
        for curve in curves:
            early, late = edge_at(curve, min(one, other), None), edge_at(curve, max(one, other), None)
            assert start <= early <= late <= 10_000


class TestCap:
    @pytest.mark.parametrize(("seconds", "edge"), [(9, 90), (10, 100), (11, 100)])
    def test_the_edge_stops_at_the_cap(self, seconds: int, edge: int) -> None:
        assert at(knots((0, 0), (100, 1_000)), seconds, cap=100) == edge

    def test_a_start_above_the_cap_is_capped(self) -> None:
        assert at(Exponential(Decimal(300), Decimal("0.9")), 0, cap=100) == 100

    def test_a_take_is_never_paid_more_than_the_curve_says(self) -> None:
        curve = knots((0, 0), (3, 100))
        assert floor_edge(at(curve, 1)) == Decimal("33.3333")
        assert floor_edge(at(curve, 2)) == Decimal("66.6666")


class TestPhases:
    def test_the_estate_pays_first_and_the_fund_from_there_to_the_cap(self) -> None:
        assert phased(*map(Decimal, (10, 100, 500, 60, 120))) == knots((0, 10), (60, 100), (180, 500))

    def test_an_estate_that_cannot_pay_the_start_begins_with_the_fund(self) -> None:
        assert phased(*map(Decimal, (10, 10, 500, 60, 120))) == knots((0, 10), (120, 500))
        assert phased(*map(Decimal, (10, 0, 500, 60, 120))) == knots((0, 10), (120, 500))

    def test_an_estate_that_can_pay_the_cap_never_needs_the_fund(self) -> None:
        assert phased(*map(Decimal, (10, 500, 500, 60, 120))) == knots((0, 10), (60, 500))
        assert phased(*map(Decimal, (10, 900, 500, 60, 120))) == knots((0, 10), (60, 500))

    def test_a_start_at_or_above_the_cap_stands_still_there(self) -> None:
        assert phased(*map(Decimal, (500, 900, 500, 60, 120))) == knots((0, 500))
        assert phased(*map(Decimal, (600, 900, 500, 60, 120))) == knots((0, 500))

    @given(
        st.tuples(*[st.decimals(-500, 500, places=4)] * 3),
        st.tuples(*[st.integers(1, 100)] * 2),
        st.tuples(*[st.decimals(0, 300, places=6)] * 2),
    )
    def test_the_edge_rises_from_its_start_and_is_never_beyond_the_cap(
        self, edges: tuple[Decimal, ...], phases: tuple[int, ...], moments: tuple[Decimal, ...]
    ) -> None:
        (start, estate, cap), (solvent, fund) = edges, phases
        curve = phased(start, estate, cap, Decimal(solvent), Decimal(fund))
        early, late = (edge_at(curve, moment, cap) for moment in sorted(moments))
        assert min(start, cap) <= early <= late <= cap
        assert edge_at(curve, Decimal(solvent), cap) >= min(estate, cap), "the estate's phase ends where its money does"
        assert edge_at(curve, Decimal(solvent + fund), cap) == cap


class TestSnapshots:
    CURVES = (
        knots((0, "-20.5"), (45, 200), ("55.25", 500)),
        Exponential(Decimal(0), Decimal("0.98876543211")),
        Stairstep(Decimal("-1.5"), Decimal("0.99"), Decimal(90)),
    )

    @pytest.mark.parametrize("curve", CURVES)
    def test_what_an_auction_keeps_of_a_curve_is_the_curve(self, curve: Curve) -> None:
        assert curve_of(snapshot_of(curve)) == curve

    @pytest.mark.parametrize("curve", CURVES)
    def test_what_an_auction_shows_can_be_asked_of_the_calculator(self, curve: Curve) -> None:
        assert read_curve(parse(json.dumps(snapshot_of(curve)))) == curve


class TestSchedule:
    def ahead(
        self, curve: Curve, elapsed: str | int, until: int = 100, cap: int = 500
    ) -> list[tuple[Decimal, Decimal]]:
        return schedule(curve, Decimal(elapsed), Decimal(until), Decimal(cap))

    def test_the_knots_that_lie_ahead_are_shown_and_the_present_one_is_not(self) -> None:
        curve = knots((0, 0), (10, 100), (30, 500))
        assert self.ahead(curve, -5) == [(0, 0), (10, 100), (30, 500)]
        assert self.ahead(curve, "9.999") == [(10, 100), (30, 500)]
        assert self.ahead(curve, 10) == [(30, 500)]
        assert self.ahead(curve, 30) == []

    def test_nothing_is_shown_at_the_close_or_beyond_the_first_at_the_cap(self) -> None:
        curve = knots((0, 0), (10, 100), (30, 500))
        assert self.ahead(curve, 0, until=30) == [(10, 100)]
        assert self.ahead(curve, 0, cap=100) == [(10, 100)]

    def test_steps_are_shown_as_they_come_and_the_next_twenty_at_most(self) -> None:
        stairs = Stairstep(Decimal(0), Decimal("0.99"), Decimal(30))
        assert self.ahead(stairs, 29) == [(30, 100), (60, 199), (90, Decimal("297.01"))]
        assert self.ahead(stairs, 30)[0] == (60, 199)
        assert self.ahead(stairs, -1)[0] == (0, 0)
        smooth = Exponential(Decimal(0), Decimal("0.9999"))
        assert [seconds for seconds, _ in self.ahead(smooth, "3.5")] == list(range(4, 24))

    @given(
        st.sampled_from(TestSnapshots.CURVES), st.decimals(-20, 99, places=3), st.integers(0, 100), st.integers(1, 600)
    )
    def test_what_is_shown_lies_ahead_rises_and_is_the_edge_of_its_instant(
        self, curve: Curve, elapsed: Decimal, until: int, cap: int
    ) -> None:
        shown = self.ahead(curve, str(elapsed), until, cap)
        assert all(elapsed < seconds < until for seconds, _ in shown)
        assert shown == sorted(shown)
        assert all(edge == edge_at(curve, seconds, Decimal(cap)) for seconds, edge in shown)


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "pointer"),
        [
            (lambda: Piecewise(()), "/knots"),
            (lambda: knots((-1, 0)), "/knots/0/0"),
            (lambda: knots((0, 0), (0, 1)), "/knots/1/0"),
            (lambda: knots((0, 0), (5, "NaN")), "/knots/1/1"),
            (lambda: Exponential(Decimal(0), Decimal(0)), "/cut"),
            (lambda: Exponential(Decimal(0), Decimal("1.0001")), "/cut"),
            (lambda: Exponential(Decimal("Infinity"), Decimal("0.9")), "/start_edge_bps"),
            (lambda: Stairstep(Decimal(0), Decimal("0.9"), Decimal(0)), "/step_seconds"),
        ],
    )
    def test_a_senseless_curve_is_refused(self, make: object, pointer: str) -> None:
        with pytest.raises(CurveRefused) as refused:
            make()  # type: ignore[operator]
        assert refused.value.pointer == pointer

    def test_a_moment_before_the_opening_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not be negative"):
            at(knots((0, 0)), "-0.001")


@dataclass(frozen=True, slots=True)
class LeapParameters(Parameters):
    """The whole way up after `wait_seconds`."""

    KIND = "LEAP"

    wait_seconds: int = 5

    def curve(self, start_edge_bps: Decimal, solvent_edge_bps: Decimal, cap_edge_bps: Decimal) -> "Leap":
        return Leap(start_edge_bps, (Decimal(self.wait_seconds), cap_edge_bps))


@dataclass(frozen=True, slots=True)
class Leap(Curve):
    """`start_edge_bps` at first; from an instant on, `there` = [seconds, edge_bps], another edge."""

    PARAMETERS = LeapParameters

    start_edge_bps: Decimal
    there: tuple[Decimal, Decimal]

    def edge_after(self, seconds: Decimal) -> Decimal:
        return self.there[1] if seconds >= self.there[0] else self.start_edge_bps


class TestAnotherKind:
    """What a new kind of curve needs is its two dataclasses and its entry in `CURVES`."""

    @pytest.fixture(autouse=True)
    def kinds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(CURVES, "LEAP", Leap)

    @pytest.fixture
    def curve(self) -> Curve:
        """That of an auction whose playbook leaves the wait to its default."""
        return parameters_of({"kind": "LEAP"}).curve(Decimal(-10), Decimal(200), Decimal(500))

    def test_a_playbook_makes_it(self, curve: Curve) -> None:
        assert curve == Leap(Decimal(-10), (Decimal(5), Decimal(500)))
        assert snapshot_of(parameters_of({"kind": "LEAP"})) == {"kind": "LEAP", "wait_seconds": 5}

    def test_it_is_written_and_read(self, curve: Curve) -> None:
        written = snapshot_of(curve)
        assert written == {"kind": "LEAP", "start_edge_bps": "-10", "there": ["5", "500"]}
        assert curve_of(json.loads(json.dumps(written))) == curve

    def test_the_clock_runs_along_it_up_to_the_cap(self, curve: Curve) -> None:
        assert [at(curve, seconds, cap=400) for seconds in ("4.999", 5, 6)] == [-10, 400, 400]
        assert schedule(curve, Decimal("3.5"), Decimal(60), Decimal(500)) == [(4, -10), (5, 500)]

    def test_the_calculator_takes_it(self, curve: Curve) -> None:
        document = {"curve": snapshot_of(curve), "at": [4, "5"]}
        answer, _ = calculate(parse(json.dumps(document)))
        assert answer == {"edges": ["-10", "500"]}

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [
            ({"there": ["5", "500"]}, "/start_edge_bps"),
            ({"start_edge_bps": "0", "there": ["5"]}, "/there"),
            ({"start_edge_bps": "0", "there": "5"}, "/there"),
            ({"start_edge_bps": "0", "there": ["5", True]}, "/there/1"),
            ({"start_edge_bps": "0", "there": ["5", 0.5]}, "/there/1"),
            ({"start_edge_bps": "1e3", "there": ["5", "500"]}, "/start_edge_bps"),
            ({"start_edge_bps": "0", "there": ["5", "500"], "a/b": 1}, "/a~1b"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place(self, said: dict[str, object], pointer: str) -> None:
        with pytest.raises(CurveRefused) as refused:
            curve_of({"kind": "LEAP", **said})
        assert refused.value.pointer == pointer


def test_a_picture_goes_from_the_opening_to_the_close_both_included_and_never_above_the_cap() -> None:
    rising = knots((0, 0), (100, 500))
    assert trace(rising, 100, None) == [10 * place for place in range(51)]
    assert trace(rising, 100, Decimal(300)) == [min(10 * place, 300) for place in range(51)]
    assert set(trace(rising, 0, None)) == {Decimal(0)}
