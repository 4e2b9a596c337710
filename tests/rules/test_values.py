"""Amounts, edges, splits and periods: exactness, rounding in a stated favour, and every boundary."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, Inexact
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backstop.values import amounts, bps
from backstop.values.amounts import AmountRefused
from backstop.values.periods import Calendar, Period, window_at
from backstop.values.splitting import consumed, slice_steps, split_amount, split_units

decimals = st.decimals(-(10**12), 10**12, places=9)
scales = st.integers(0, 9)
quantities = st.decimals("0.001", 1000, places=3)


class TestAmounts:
    def test_what_would_round_raises(self) -> None:
        with amounts.exactly(), pytest.raises(Inexact):
            Decimal(1) / Decimal(3)

    def test_a_float_does_not_slip_in(self) -> None:
        with amounts.exactly(), pytest.raises(ArithmeticError):
            assert Decimal(1) < 1.5

    def test_products_and_sums_are_exact_far_beyond_the_usual_precision(self) -> None:
        long = Decimal("12345678901234567890.123456789012345678")
        assert Fraction(amounts.multiply(long, long)) == Fraction(long) ** 2
        assert Fraction(amounts.total([Decimal("1e30"), Decimal("1e-30")])) == 10**30 + Fraction(1, 10**30)
        assert Fraction(amounts.difference(Decimal(1), long, long)) == 1 - 2 * Fraction(long)

    @given(decimals, scales)
    def test_rounding_down_favours_who_pays_and_rounding_up_who_receives(self, amount: Decimal, scale: int) -> None:
        down, up = amounts.round_down(amount, scale), amounts.round_up(amount, scale)
        assert down <= amount <= up
        assert up - down in (0, Decimal(1).scaleb(-scale))
        assert -down.as_tuple().exponent == -up.as_tuple().exponent == scale  # type: ignore[operator]

    @given(decimals, decimals, scales)
    def test_division_rounds_the_exact_quotient(self, numerator: Decimal, denominator: Decimal, scale: int) -> None:
        assume(denominator != 0)
        exact = Fraction(numerator) / Fraction(denominator)
        down = amounts.divide_down(numerator, denominator, scale)
        up = amounts.divide_up(numerator, denominator, scale)
        assert Fraction(down) <= exact <= Fraction(up)
        assert Fraction(up) - Fraction(down) in (0, Fraction(1, 10**scale))

    @pytest.mark.parametrize("text", ["1.5", "1.50", "-0.01", "0", "99999999999999999999.99"])
    def test_what_fits_the_scale_is_returned_with_it(self, text: str) -> None:
        value = amounts.require_scale(Decimal(text), 2, "amount")
        assert value == Decimal(text)
        assert value.as_tuple().exponent == -2

    @pytest.mark.parametrize("text", ["1.501", "NaN", "Infinity", "100000000000000000000", "-1e20"])
    def test_what_does_not_fit_is_refused_by_name(self, text: str) -> None:
        with pytest.raises(AmountRefused, match="amount must") as refused:
            amounts.require_scale(Decimal(text), 2, "amount")
        assert refused.value.name == "amount"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("1E+5", "100000"),
            ("1.500E-7", "0.00000015"),
            ("-0.00", "0"),
            ("0E+3", "0"),
            ("100", "100"),
            ("-2.50", "-2.5"),
        ],
    )
    def test_text_is_plain_and_short(self, value: str, text: str) -> None:
        assert amounts.to_text(Decimal(value)) == text

    @given(decimals)
    def test_text_reads_back_as_the_same_amount(self, amount: Decimal) -> None:
        assert amounts.from_text(amounts.to_text(amount), "amount") == amount

    @pytest.mark.parametrize(
        "text", ["1e5", "NaN", "inf", " 1", "1 ", "+1", "1.", ".5", "", "1,5", "\u0661", "0x1", "1_0"]
    )
    def test_other_spellings_are_refused(self, text: str) -> None:
        with pytest.raises(AmountRefused, match="edge must be a plain decimal"):
            amounts.from_text(text, "edge")

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), 0.5, True, None, b"1"])
    def test_what_is_no_finite_decimal_of_json_is_refused(self, value) -> None:
        with pytest.raises(AmountRefused):
            amounts.from_json(value, "edge")


class TestEdges:
    def test_an_edge_is_that_many_ten_thousandths_of_the_notional(self) -> None:
        assert bps.of_notional(Decimal(1_000_000), Decimal("12.5")) == 1250
        assert bps.of_notional(Decimal(1_000_000), Decimal(-3)) == -300

    def test_the_edge_of_a_take_is_floored(self) -> None:
        assert bps.floor_edge(Decimal("33.33339")) == Decimal("33.3333")
        assert bps.floor_edge(Decimal("-0.00001")) == Decimal("-0.0001")

    @given(st.decimals(0, 10**9, places=6), st.decimals("0.01", 10**9, places=2))
    def test_the_affordable_edge_is_the_highest_within_the_budget(self, budget: Decimal, notional: Decimal) -> None:
        edge = bps.affordable_edge(budget, notional)
        assert bps.of_notional(notional, edge) <= budget
        assert bps.of_notional(notional, edge + Decimal("0.0001")) > budget

    def test_an_edge_of_no_notional_is_refused(self) -> None:
        with pytest.raises(ValueError, match="positive notional"):
            bps.affordable_edge(Decimal(1), Decimal(0))


class TestSplits:
    def test_the_largest_remainder_gets_the_unit_that_is_left(self) -> None:
        """Hamilton's method; five seats for 43, 33 and 24 of a hundred: 2.15, 1.65 and 1.2."""
        assert split_units(5, [43, 33, 24]) == [2, 2, 1]

    def test_of_equal_remainders_the_first_gets_it(self) -> None:
        assert split_units(10, [1, 1, 1]) == [4, 3, 3]

    def test_an_amount_is_split_to_its_last_decimal(self) -> None:
        assert split_amount(Decimal("-10"), [1, 1, 1], 2) == [Decimal("-3.34"), Decimal("-3.33"), Decimal("-3.33")]

    @given(st.integers(0, 10**6), st.lists(st.integers(0, 10**4), min_size=1, max_size=12))
    def test_parts_sum_to_the_total_and_are_within_one_of_their_share(self, total: int, weights: list[int]) -> None:
        assume(sum(weights) > 0)
        parts = split_units(total, weights)
        assert sum(parts) == total
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Fraction(total * weight, sum(weights))) < 1
            assert part <= weight or total > sum(weights)
            assert part == 0 or weight > 0

    @given(decimals, st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=8))
    def test_amounts_are_conserved_exactly(self, total: Decimal, weights: list[Decimal]) -> None:
        assume(sum(weights) > 0)
        assert amounts.total(split_amount(total, weights, 9)) == total

    def test_nothing_can_be_split_over_nothing(self) -> None:
        assert split_units(0, [0, 0]) == [0, 0]
        with pytest.raises(ValueError, match="positive weight"):
            split_units(1, [0, 0])
        with pytest.raises(ValueError, match="not negative"):
            split_units(1, [2, -1])
        with pytest.raises(AmountRefused, match="total"):
            split_amount(Decimal("0.001"), [1], 2)

    @given(st.integers(0, 10**9), st.integers(1, 200), st.data())
    def test_slices_of_a_leg_sum_to_the_leg(self, steps: int, units: int, data: st.DataObject) -> None:
        cuts = sorted(data.draw(st.lists(st.integers(0, units), max_size=5)))
        bounds = [0, *cuts, units]
        slices = [slice_steps(steps, a, b - a, units) for a, b in pairwise(bounds)]
        assert sum(slices) == steps
        assert min(slices) >= 0

    @pytest.mark.parametrize(("first", "count"), [(-1, 2), (9, 2), (3, -1)])
    def test_a_slice_outside_the_lot_is_refused(self, first: int, count: int) -> None:
        with pytest.raises(ValueError, match="not within a lot"):
            slice_steps(100, first, count, 10)

    def test_the_first_goes_first_and_exactly_all_of_it_fits(self) -> None:
        assert consumed([Decimal(1), Decimal(2), Decimal(3)], Decimal(3)) == [1, 2, 0]
        assert consumed([Decimal(1), Decimal(2), Decimal(3)], Decimal(9)) == [1, 2, 3]
        assert consumed([], Decimal(1)) == []

    @given(left=st.lists(quantities, max_size=5), quantity=quantities)
    def test_what_goes_is_what_was_asked_for_or_all_there_is(self, left: list[Decimal], quantity: Decimal) -> None:
        parts = consumed(left, quantity)
        assert sum(parts) == min(quantity, sum(left))
        assert all(0 <= part <= each for part, each in zip(parts, left, strict=True))


NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


class TestPeriods:
    def test_the_start_is_inside_and_the_end_is_not(self) -> None:
        period = Period(NOON, NOON + timedelta(hours=1))
        assert period.contains(NOON)
        assert not period.contains(NOON + timedelta(hours=1))
        assert not period.contains(NOON - timedelta(microseconds=1))

    def test_a_missing_bound_is_unbounded(self) -> None:
        assert Period(None, NOON).contains(datetime.min.replace(tzinfo=UTC))
        assert Period(NOON, None).contains(datetime.max.replace(tzinfo=UTC))

    def test_an_empty_period_contains_nothing_and_a_backward_one_is_refused(self) -> None:
        assert not Period(NOON, NOON).contains(NOON)
        with pytest.raises(ValueError, match="before it starts"):
            Period(NOON, NOON - timedelta(microseconds=1))

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            Period(NOON, None).contains(NOON.replace(tzinfo=None))


class TestWindows:
    def test_windows_follow_one_another_from_the_first_use(self) -> None:
        assert window_at(NOON, 3600, NOON) == Period(NOON, NOON + timedelta(hours=1))
        end = NOON + timedelta(hours=1)
        assert window_at(NOON, 3600, end - timedelta(microseconds=1)).ends_at == end
        assert window_at(NOON, 3600, end) == Period(end, end + timedelta(hours=1))

    @given(st.integers(1, 10**6), st.integers(0, 10**12))
    def test_every_moment_is_in_its_window_and_windows_are_on_the_grid(self, seconds: int, microseconds: int) -> None:
        now = NOON + timedelta(microseconds=microseconds)
        window = window_at(NOON, seconds, now)
        assert window.starts_at is not None
        assert window.contains(now)
        assert (window.starts_at - NOON) % timedelta(seconds=seconds) == timedelta(0)

    def test_a_window_without_length_is_refused(self) -> None:
        with pytest.raises(ValueError, match="positive length"):
            window_at(NOON, 0, NOON)


class TestCalendar:
    @pytest.mark.parametrize(
        ("moment", "weekend"),
        [
            (datetime(2024, 3, 1, 23, 59, 59, 999999, tzinfo=UTC), False),
            (datetime(2024, 3, 2, tzinfo=UTC), True),
            (datetime(2024, 3, 3, 23, 59, 59, 999999, tzinfo=UTC), True),
            (datetime(2024, 3, 4, tzinfo=UTC), False),
        ],
    )
    def test_the_weekend_is_saturday_and_sunday_in_utc(self, moment: datetime, weekend: bool) -> None:
        assert Calendar.WEEKEND.includes(moment) is weekend
        assert Calendar.WEEKDAY.includes(moment) is not weekend
        assert Calendar.ALL.includes(moment)

    def test_the_day_is_that_of_utc_wherever_the_moment_was_written(self) -> None:
        tokyo = timezone(timedelta(hours=9))
        assert not Calendar.WEEKEND.includes(datetime(2024, 3, 2, 8, 59, tzinfo=tokyo))
        assert Calendar.WEEKEND.includes(datetime(2024, 3, 2, 9, tzinfo=tokyo))
