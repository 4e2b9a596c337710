"""How well somebody bid: of its share, how near to what a lot went for, and of several lots as for the worst."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.rules.sharing.quality import Quality
from auctions.rules.quality import EXEMPT_AFTER, Asked, Offered, is_exempt, minimum_units, quality_of

EVERYTHING = Decimal(100)
CLEARING = Decimal(20)
RESERVE = Decimal(200)


def asked(*offers: tuple[int, Decimal], reserve: Decimal = RESERVE, clearing: Decimal | None = CLEARING) -> Asked:
    """An auction of 100 units, and what was offered in it: units, and the edge."""
    return Asked(100, reserve, clearing, tuple(Offered(units, edge) for units, edge in offers))


def quality(*lots: list[Asked], own: int = 40) -> Quality:
    """Of somebody that stands behind so much of a hundred, and so has to bid for 60 of 100 units by default."""
    return quality_of(lots, Decimal(own), EVERYTHING)


class TestHowMuch:
    @pytest.mark.parametrize(
        ("units", "own", "minimum"),
        [
            (100, "40", 60),
            (10, "40", 6),
            (10, "41", 7),  # 6.15
            (10, "40.000001", 7),
            (1, "0.000001", 1),
            (100, "66", 99),
            (100, "66.6", 100),  # 99.9
            (100, "67", 100),
            (100, "100", 100),
        ],
    )
    def test_it_is_the_share_one_and_a_half_times_rounded_up_and_never_more_than_all(
        self, units: int, own: str, minimum: int
    ) -> None:
        assert minimum_units(units, Decimal(own), EVERYTHING) == minimum

    def test_the_share_is_of_what_all_stand_behind(self) -> None:
        assert minimum_units(100, Decimal(40), Decimal(400)) == 15

    def test_exactly_the_minimum_is_good_and_a_unit_less_is_poor(self) -> None:
        assert quality([asked((60, CLEARING))]) == Quality.GOOD
        assert quality([asked((59, CLEARING))]) == Quality.POOR

    def test_what_is_offered_at_several_edges_adds_up(self) -> None:
        assert quality([asked((30, CLEARING), (30, CLEARING + 1))]) == Quality.GOOD


class TestHowNear:
    def test_fifty_basis_points_above_the_clearing_edge_are_good_and_any_more_are_not(self) -> None:
        assert quality([asked((60, CLEARING + 50))]) == Quality.GOOD
        assert quality([asked((60, CLEARING + Decimal("50.0001")))]) == Quality.POOR

    def test_only_what_is_near_counts_for_the_minimum(self) -> None:
        assert quality([asked((59, CLEARING), (41, CLEARING + 51))]) == Quality.POOR

    @pytest.mark.parametrize("clearing", [CLEARING, None])
    def test_the_reserve_is_good_and_nothing_above_it(self, clearing: Decimal | None) -> None:
        reserve = CLEARING + 10
        assert quality([asked((60, reserve), reserve=reserve, clearing=clearing)]) == Quality.GOOD
        assert quality([asked((60, reserve + 1), reserve=reserve, clearing=clearing)]) == Quality.POOR

    def test_where_nothing_was_given_all_within_the_reserve_is_near(self) -> None:
        assert quality([asked((60, RESERVE), clearing=None)]) == Quality.GOOD


class TestSeveralLots:
    GOOD = asked((60, CLEARING))
    POOR = asked((1, CLEARING))
    NOTHING = asked()

    def test_the_worst_lot_says(self) -> None:
        assert quality([self.GOOD], [self.GOOD]) == Quality.GOOD
        assert quality([self.GOOD], [self.POOR]) == Quality.POOR
        assert quality([self.GOOD], [self.NOTHING]) == Quality.POOR

    def test_in_each_lot_the_best_auction_counts(self) -> None:
        assert quality([self.NOTHING, self.GOOD], [self.GOOD, self.POOR]) == Quality.GOOD

    def test_auctions_of_one_lot_do_not_add_up(self) -> None:
        half = asked((30, CLEARING))
        assert quality([half, half]) == Quality.POOR

    def test_a_lot_without_an_auction_open_to_it_does_not_count(self) -> None:
        assert quality([], [self.GOOD]) == Quality.GOOD

    def test_who_offered_nothing_at_all_did_not_bid(self) -> None:
        assert quality([self.NOTHING], [self.NOTHING]) == Quality.NONE

    def test_who_offered_too_dear_did_bid(self) -> None:
        assert quality([asked((100, RESERVE + 1))]) == Quality.POOR


class TestAssigned:
    def test_what_was_assigned_asks_for_nothing_but_may_show_that_it_was_enough(self) -> None:
        given = replace(asked((20, CLEARING)), may_pass=True)
        assert quality([given]) == Quality.EXEMPT, "as well off as who was assigned nothing"
        assert quality([given, asked((60, CLEARING))]) == Quality.GOOD
        assert quality([given, asked()]) == Quality.POOR
        assert quality([replace(given, offers=(Offered(60, CLEARING),))], [asked((60, CLEARING))]) == Quality.GOOD
        assert quality([replace(given, offers=(Offered(60, CLEARING),)), asked()]) == Quality.GOOD


class TestExempt:
    def test_who_was_asked_for_no_lot_is_exempt(self) -> None:
        assert quality() == Quality.EXEMPT
        assert quality([], []) == Quality.EXEMPT

    def test_who_stands_behind_nothing_is_exempt(self) -> None:
        assert quality([asked((100, CLEARING))], own=0) == Quality.EXEMPT
        assert quality([asked()], own=0) == Quality.EXEMPT


class TestExemptions:
    OPENED = datetime(2026, 3, 2, tzinfo=UTC)

    def test_thirty_days_ago_it_was_active_yet_and_before_that_not(self) -> None:
        assert not is_exempt(self.OPENED - EXEMPT_AFTER, Quality.GOOD, self.OPENED)
        assert is_exempt(self.OPENED - EXEMPT_AFTER - timedelta(microseconds=1), Quality.GOOD, self.OPENED)
        assert is_exempt(None, Quality.GOOD, self.OPENED)

    @pytest.mark.parametrize("drill", [Quality.POOR, Quality.NONE, Quality.EXEMPT, None])
    def test_only_who_did_well_in_its_newest_drill_is(self, drill: Quality | None) -> None:
        assert not is_exempt(None, drill, self.OPENED)
