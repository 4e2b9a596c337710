"""Covers: what they pay, who pays it, what is pledged for it, and what they cost, to the smallest amount."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.rules.sharing.covers import ALL_PARTS, CoverTerms, by_insurer, funded_of, pledge_of
from accounts.rules.sharing.premiums import Kink, Stretch, Tariff, accrued, given_back, rate
from backstop.values.amounts import total

amounts = st.decimals(0, 10_000, places=2)
fractions = st.decimals(0, 1, places=3)
TERMS = CoverTerms(Decimal(1000), Decimal(5000), Decimal("0.8"), Decimal("0.1"), scale=2)
terms = st.builds(
    CoverTerms,
    attachment=amounts,
    limit=amounts,
    quota_share=fractions,
    copay=fractions,
    scale=st.just(2),
    aggregate_left=st.none() | amounts,
)


@st.composite
def all_parts(draw: st.DrawFn) -> dict[str, int]:
    cuts = draw(st.sets(st.integers(1, ALL_PARTS - 1), max_size=5))
    return {f"insurer {at}": b - a for at, (a, b) in enumerate(pairwise([0, *sorted(cuts), ALL_PARTS]))}


class TestPayout:
    @pytest.mark.parametrize(
        ("unl", "layer", "paid", "copaid"),
        [
            ("600", 0, 0, 0),
            ("1000", 0, 0, 0),
            ("1400", 400, 288, 32),
            ("6000", 5000, 3600, 400),
            ("6001", 5000, 3600, 400),
        ],
    )
    def test_it_pays_what_is_above_the_attachment_up_to_its_limit(
        self, unl: str, layer: int, paid: int, copaid: int
    ) -> None:
        """The worked case: attachment 1,000, limit 5,000, quota share 80 %, co-payment 10 %."""
        assert TERMS.layer(Decimal(unl)) == layer
        assert TERMS.paid(Decimal(unl)) == paid
        assert TERMS.copaid(Decimal(unl)) == copaid

    def test_what_other_events_have_left_of_the_aggregate_is_a_limit_too(self) -> None:
        assert replace(TERMS, aggregate_left=Decimal(100)).paid(Decimal(6000)) == 72
        assert replace(TERMS, aggregate_left=Decimal(5000)).paid(Decimal(6000)) == 3600
        assert replace(TERMS, aggregate_left=Decimal(-1)).paid(Decimal(6000)) == 0

    @given(terms, amounts, amounts)
    def test_it_grows_with_the_loss_and_never_faster(self, cover: CoverTerms, unl: Decimal, more: Decimal) -> None:
        smallest = Decimal("0.01")
        for grows in (cover.layer, lambda unl: cover.paid(unl) + cover.copaid(unl)):
            assert 0 <= grows(unl + more) - grows(unl) <= more + (0 if grows == cover.layer else smallest)
        assert 0 <= cover.paid(unl + more) - cover.paid(unl) <= more
        assert cover.paid(unl + more) <= cover.most_paid()
        assert cover.copaid(unl) >= 0


class TestInsurers:
    def test_each_smallest_amount_goes_to_who_is_furthest_below_its_part(self) -> None:
        parts = {"a": 2000, "b": 5000, "c": 3000}
        paid = [by_insurer(Decimal(count), parts, 0) for count in range(11)]
        went = [who for before, after in pairwise(paid) for who in parts if after[who] > before[who]]
        assert "".join(went) == "bcabbcbacb"
        assert paid[-1] == {"a": 2, "b": 5, "c": 3}

    def test_ties_go_by_id(self) -> None:
        assert by_insurer(Decimal("0.01"), {"b": 5000, "a": 5000}, 2) == {"a": Decimal("0.01"), "b": 0}

    def test_the_largest_amounts_take_no_longer(self) -> None:
        paid = by_insurer(Decimal("99999999999999999999.000000000000000001"), {"a": 9999, "b": 1}, 18)
        assert total(paid.values()) == Decimal("99999999999999999999.000000000000000001")

    @given(all_parts(), st.integers(0, 10**6))
    def test_one_after_the_other_comes_to_the_same(self, parts: dict[str, int], cents: int) -> None:
        """Against the rule itself, an amount at a time."""
        cents %= 300
        got = dict.fromkeys(sorted(parts), 0)
        for paid in range(1, cents + 1):
            furthest = max(got, key=lambda who: Decimal(parts[who] * paid) / ALL_PARTS - got[who])
            got[furthest] += 1
        assert by_insurer(Decimal(cents), parts, 0) == got

    @given(all_parts(), amounts, amounts)
    def test_nobody_gets_back_what_it_paid_and_all_is_paid(
        self, parts: dict[str, int], paid: Decimal, more: Decimal
    ) -> None:
        before, after = by_insurer(paid, parts, 2), by_insurer(paid + more, parts, 2)
        assert total(after.values()) == paid + more
        assert all(before[who] <= after[who] for who in parts)

    @given(terms, all_parts(), amounts)
    def test_what_is_pledged_is_enough_for_whatever_is_paid(
        self, cover: CoverTerms, parts: dict[str, int], unl: Decimal
    ) -> None:
        for who, pays in by_insurer(cover.paid(unl), parts, 2).items():
            assert pays <= pledge_of(cover.most_paid(), parts[who], Decimal(1), 2)

    def test_the_pledge_at_full_funding_is_the_most_that_is_paid(self) -> None:
        assert pledge_of(TERMS.most_paid(), ALL_PARTS, Decimal(1), 2) == 3600
        assert pledge_of(TERMS.most_paid(), 3333, Decimal("0.5"), 2) == Decimal("599.94")
        assert pledge_of(Decimal("0.01"), 1, Decimal("0.5"), 2) == Decimal("0.01")


TARIFF = Tariff(
    base_bps=Decimal(400),
    floor_bps=Decimal(100),
    cap_bps=Decimal(2000),
    max_step_bps=Decimal(300),
    use=Kink(Decimal("0.8"), unused=Decimal(1), at_kink=Decimal("1.5"), used_up=Decimal(4)),
)


def rated(regime: str = "1", rating: str = "1", used: str = "0", before: str | None = None) -> Decimal:
    return rate(
        TARIFF,
        regime=Decimal(regime),
        rating=Decimal(rating),
        used=Decimal(used),
        aggregate=Decimal(1000),
        day_before=None if before is None else Decimal(before),
    )


class TestRate:
    @pytest.mark.parametrize(
        ("used", "bps"),
        [("0", "400"), ("400", "500"), ("800", "600"), ("900", "1100"), ("1000", "1600"), ("1001", "1600")],
    )
    def test_it_rises_with_use_and_faster_beyond_the_kink(self, used: str, bps: str) -> None:
        assert rated(used=used) == Decimal(bps)

    @pytest.mark.parametrize(
        ("regime", "before", "bps"),
        [
            ("2", "500", "800"),
            ("2", "499.9999", "799.9999"),
            ("0.5", "500", "200"),
            ("0.5", "500.0001", "200.0001"),
            ("2", None, "800"),
            ("0.1", None, "100"),
            ("9", None, "2000"),
            ("9", "1900", "2000"),
        ],
    )
    def test_it_changes_by_no_more_than_a_step_in_a_day_and_stays_within_floor_and_cap(
        self, regime: str, before: str | None, bps: str
    ) -> None:
        assert rated(regime=regime, before=before) == Decimal(bps)

    def test_it_is_rounded_to_four_decimals_half_to_even(self) -> None:
        assert rated(regime="1.000000125") == Decimal("400")
        assert rated(regime="1.000000375") == Decimal("400.0002")

    @given(
        st.lists(st.decimals(0, 4, places=3), min_size=2, max_size=2),
        st.lists(st.decimals(0, 4, places=3), min_size=2, max_size=2),
        st.lists(st.integers(0, 1100), min_size=2, max_size=2),
        st.none() | st.lists(st.integers(0, 2500), min_size=2, max_size=2),
    )
    def test_it_is_monotone_in_every_input(
        self, regimes: list[Decimal], ratings: list[Decimal], uses: list[int], befores: list[int] | None
    ) -> None:
        low, high = (
            rated(str(pick(regimes)), str(pick(ratings)), str(pick(uses)), befores and str(pick(befores)))  # type: ignore[arg-type]
            for pick in (min, max)
        )
        assert low <= high


NOON = datetime(2028, 2, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def stretch(starts_at: datetime, bps: str | Decimal, limit: str | Decimal = "1000000") -> Stretch:
    return Stretch(starts_at, Decimal(bps), Decimal(limit))


class TestAccrual:
    def test_a_year_of_365_days_costs_the_rate(self) -> None:
        assert accrued([stretch(NOON, "250")], NOON + 365 * DAY, 2) == 25_000

    def test_the_29th_of_february_costs_a_day_more(self) -> None:
        """28 February to 1 March of a leap year: two days of 1,000,000 at 365 bps, 100 a day."""
        start = datetime(2028, 2, 28, tzinfo=UTC)
        assert accrued([stretch(start, "365")], datetime(2028, 3, 1, tzinfo=UTC), 2) == 200
        assert accrued([stretch(start, "365")], datetime(2029, 2, 28, tzinfo=UTC), 2) == 36_600

    def test_a_change_of_regime_at_noon_counts_from_noon(self) -> None:
        midnight = datetime(2028, 2, 29, tzinfo=UTC)
        assert accrued([stretch(midnight, "365"), stretch(NOON, "730")], midnight + DAY, 2) == 150
        assert accrued([stretch(midnight, "365"), stretch(NOON, "730")], NOON, 2) == 50

    def test_what_is_not_yet_begun_has_not_accrued(self) -> None:
        assert accrued([stretch(NOON, "365"), stretch(NOON + DAY, "365")], NOON, 2) == 0
        assert accrued([stretch(NOON, "365")], NOON - DAY, 2) == 0
        assert accrued([], NOON, 2) == 0

    def test_it_is_rounded_down_and_at_the_end_up(self) -> None:
        third = [stretch(NOON, "1", "100")]
        assert accrued(third, NOON + DAY, 4) == 0
        assert accrued(third, NOON + DAY, 4, ended=True) == Decimal("0.0001")
        assert accrued(third, NOON, 4, ended=True) == 0

    @given(
        st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
        st.lists(st.tuples(st.decimals(0, 3000, places=4), amounts), min_size=6, max_size=6),
        st.integers(0, 5),
    )
    def test_a_split_of_the_time_changes_nothing(
        self, microseconds: list[int], terms: list[tuple[Decimal, Decimal]], again: int
    ) -> None:
        instants = sorted(NOON + timedelta(microseconds=each) for each in microseconds)
        whole = [Stretch(at, *terms[place]) for place, at in enumerate(instants)]
        assume(again < len(whole))
        half = whole[again].starts_at + timedelta(seconds=1)
        assume(again + 1 == len(whole) or half <= whole[again + 1].starts_at)
        split = [*whole[: again + 1], replace(whole[again], starts_at=half), *whole[again + 1 :]]
        until = instants[-1] + 300 * DAY
        assert accrued(split, until, 2) == accrued(whole, until, 2)
        charged = [accrued(whole, instants[0] + day * 30 * DAY, 2) for day in range(12)]
        assert all(a <= b for a, b in pairwise(charged))

    def test_of_a_pledge_counts_what_is_held_beside_open_claims_and_never_more_than_its_part(self) -> None:
        half = {"parts": 5000, "funding_rate": Decimal("0.5"), "scale": 2}
        assert funded_of(Decimal(250), Decimal(1000), Decimal(0), **half) == 250
        assert funded_of(Decimal(275), Decimal(1000), Decimal(100), **half) == 250
        assert funded_of(Decimal("249.99"), Decimal(1000), Decimal(0), **half) == Decimal("249.99")
        assert funded_of(Decimal(20), Decimal(1000), Decimal(100), **half) == 0
        assert funded_of(Decimal(1), Decimal("0.07"), Decimal(0), **half) == Decimal("0.01")  # of 0.0175

    def test_an_early_end_gives_back_what_is_unearned_less_the_short_rate(self) -> None:
        assert given_back(Decimal("100.01"), Decimal(10), 2) == Decimal("90")
        assert given_back(Decimal(100), Decimal(0), 2) == 100
        assert given_back(Decimal(100), Decimal(100), 2) == 0
