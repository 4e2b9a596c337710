"""What covers stand for moves by the regime of markets and the ratings of insurers: down after a notice, up at once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Account, AccountKind, Claim, Cover, CoveredLimit, CoverRate, CoverShare, LossEvent
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.queries import sum_funded
from accounts.queries.would_pay import list_standing_covers
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.set_breaker import set_breaker
from auctions.queries.audit import CHECKS
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.claims import held, say
from tests.operations.test_charge_premiums import charged
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, owing, paid
from tests.operations.test_prepay_premium import prepay
from tests.operations.test_rate_provider import note
from tests.refusing import refused

pytestmark = pytest.mark.django_db

DAY = 86400
LEAP = datetime(2028, 2, 28, 0, 0, tzinfo=UTC)


@pytest.fixture
def venue(travel):
    """Where half of a limit is covered while the market is stressed; the fund bears co-payments alone."""
    said = {"stressed_spread_bps": "50", "dwell_seconds": 0, "max_gap_seconds": 10**7}
    return a_venue(travel, fund="10000", fund_draw_limit="0", **said)


def moving(venue, *, collateral="10000", parts=(6000, 4000), **said) -> Cover:
    insurers = [build.a_provider(venue, f"insurer-{place}", collateral=collateral) for place in range(len(parts))]
    said = {"levels": covers.levels(stressed="0.5", halted="0.1"), **said}
    cover = covers.active(venue, dict(zip(insurers, parts, strict=True)), **said)
    prepay(cover, "1000")
    return cover


def stress(venue, *, calm: bool = False) -> None:
    build.conditions(venue, spread_bps=Decimal(0 if calm else 50))
    market.sweep("charge_premiums")


def limits() -> list[Decimal]:
    return list(CoveredLimit.objects.order_by("starts_at").values_list("limit", flat=True))


def newest() -> CoveredLimit:
    return CoveredLimit.objects.latest("starts_at")


def opened(venue, reference: str, debt="0") -> LossEvent:
    """A loss event of an account of its own that opens now."""
    market.mark_again()
    book = owing(venue, debt, reference, account=reference)
    close(book)
    return LossEvent.objects.get(id=book.loss_event_id)


def move(provider, amount: str, reference: str) -> None:
    said = {"asset": "USD", "amount": Decimal(amount), "reference": reference}
    perform(move_collateral, venue_id=provider.venue_id, provider_id=provider.id, **said)


def test_it_falls_after_its_notice_to_the_second_and_pledges_do(venue, travel) -> None:
    cover = moving(venue)
    assert (limits(), held()) == ([5000], 3600)
    travel(seconds=60)
    stress(venue)
    said = Event.objects.filter(kind="cover_limit_falling").first().payload
    falls_at = clock.now() + timedelta(seconds=DAY)
    assert (said["limit"], datetime.fromisoformat(said["falls_at"])) == ("2500", falls_at)
    travel.to(falls_at - timedelta(seconds=1))
    market.sweep("charge_premiums")
    assert (limits(), held()) == ([5000], 3600)
    clean()
    travel.to(falls_at)
    assert market.sweep("charge_premiums") == 1, "the clock knows when"
    assert (limits(), held()) == ([5000, 2500], 1800)
    fallen = CoveredLimit.objects.get(limit=2500)
    assert (fallen.cover, fallen.starts_at, fallen.level) == (cover, falls_at, Decimal("0.5"))
    assert [terms.limit for _, terms in list_standing_covers([cover.asset], clock.now())] == [2500]
    clean()


def test_it_falls_a_notice_after_that_was_told_and_its_premium_with_it(venue, travel) -> None:
    """Nobody looks for an hour after the market is stressed: the rate counts since it is, the limit falls a day after
    it was told. (5,000 x (1 x 0.03 + 25 x 0.06) + 2,500 x 22 x 0.06) / 8,760 = 1.25"""
    travel.to(LEAP)
    build.conditions(venue)
    cover = moving(venue)
    for hours in (1, 2, 26, 48):
        travel.to(LEAP + timedelta(hours=hours))
        if hours == 1:
            build.conditions(venue, spread_bps=Decimal(50))
        else:
            market.sweep("charge_premiums")
    said = Event.objects.filter(kind="cover_limit_falling").first().payload
    assert datetime.fromisoformat(said["falls_at"]) == newest().starts_at == LEAP + timedelta(hours=26)
    assert charged(cover) == Decimal("1.25")
    clean()


def test_without_notice_what_is_found_late_falls_as_it_is_found(venue, travel) -> None:
    """An event that opened meanwhile is covered, and was paid for, in full: it uses half the aggregate,
    which costs half as much again."""
    cover = moving(venue, notice_seconds=0)
    travel(seconds=60)
    build.conditions(venue, spread_bps=Decimal(50))
    travel(seconds=60)
    event = opened(venue, "meanwhile", "6000")
    assert Claim.objects.get(loss_event=event).insured == 3600
    travel(seconds=1)
    market.sweep("charge_premiums")
    assert newest().starts_at == clock.now()
    rated = CoverRate.objects.filter(premium__cover=cover).order_by("starts_at")
    assert list(rated.values_list("rate_bps", "limit")) == [(300, 5000), (600, 5000), (900, 5000), (900, 2500)]
    clean()


def test_an_event_that_is_open_keeps_the_level_of_its_opening_and_what_is_held_for_it(venue, travel) -> None:
    """Of 3,500 above the attachment 3,500 x 0.72 are paid, of the same event later 2,500 x 0.72 at most."""
    cover = moving(venue, notice_seconds=0)
    before = opened(venue, "before")
    travel(seconds=60)
    stress(venue)
    assert (limits(), held()) == ([5000, 2500], 3600)
    clean()
    travel(seconds=60)
    after = opened(venue, "after", "4500")
    market.mark_again()
    close(owing(venue, "4500", "more", account="before"))
    insured = {claim.loss_event_id: claim.insured for claim in Claim.objects.all()}
    assert insured == {before.id: 2520, after.id: 1800}
    assert sum_funded([before.id], Decimal(1000), {}).keys() == {(before.id, cover.asset_id)}
    for claim in Claim.objects.all():
        say(answer_claim, claim)
    assert paid()["COVERS"] == 4320
    clean()
    finish(before, travel)
    finish(after, travel)
    clean()


def test_what_is_held_for_an_event_without_a_claim_is_free_as_it_is_final(venue, travel) -> None:
    moving(venue, notice_seconds=0)
    event = opened(venue, "a")
    travel(seconds=60)
    stress(venue)
    assert held() == 3600
    finish(event, travel)
    assert held() == 1800
    clean()


def test_the_audit_names_who_holds_less_than_an_event_that_is_open_asks_for(venue, travel) -> None:
    moving(venue, notice_seconds=0)
    opened(venue, "a")
    travel(seconds=60)
    stress(venue)
    clean()
    for lacks in (Decimal("0.000001"), Decimal(720)):
        CoverShare.objects.filter(parts=4000).update(held=1440 - lacks)
        with connection.cursor() as cursor:
            cursor.execute(CHECKS["an insurer holds its part of a cover"], {"venue": None})
            ((found,),) = cursor.fetchall()
        assert str(1440 - lacks) in found


def test_a_fall_and_a_rise_in_one_day_change_nothing(venue, travel) -> None:
    moving(venue)
    travel(seconds=60)
    stress(venue)
    travel(seconds=DAY - 1)
    stress(venue, calm=True)
    travel(seconds=1)
    market.sweep("charge_premiums")
    assert limits() == [5000]
    clean()


def test_it_rises_at_once_when_it_has_fallen(venue, travel) -> None:
    moving(venue, notice_seconds=0)
    for calm in (False, True):
        travel(seconds=60)
        stress(venue, calm=calm)
    assert (limits(), held()) == ([5000, 2500, 5000], 3600)
    assert Event.objects.filter(kind="cover_limit_moved").last().payload["before"] == "2500"
    clean()


@pytest.mark.parametrize(("short", "rises"), [("0.000001", False), ("0", True)])
def test_it_rises_only_once_all_insurers_have_what_they_hold_for_it(venue, travel, short, rises) -> None:
    """The second has to hold 720 more than it has held, and has less; the first has it all along."""
    cover = moving(venue, notice_seconds=0)
    travel(seconds=60)
    stress(venue)
    second = cover.shares.get(parts=4000).provider
    move(second, "-9280", "out")
    travel(seconds=60)
    stress(venue, calm=True)
    assert (limits(), held()) == ([5000, 2500], 1800)
    assert dict(CoverShare.objects.values_list("parts", "wanted")) == {6000: 1080, 4000: 720}
    clean()
    travel(seconds=60)
    free = Account.objects.get(provider=second, kind=AccountKind.COLLATERAL).free
    move(second, str(720 - free - Decimal(short)), "in")
    assert market.sweep("charge_premiums") == rises
    assert limits() == [5000, 2500, *[5000] * rises]
    assert set(CoverShare.objects.values_list("wanted", flat=True)) == ({0} if rises else {1080, 720})
    clean()


def test_the_worst_insurers_rating_counts_and_one_that_is_over_is_the_worst(venue, travel) -> None:
    by_rating = covers.levels()
    by_rating["CALM"] = {**by_rating["CALM"], "1": Decimal(1), "2": Decimal("0.6"), "5": Decimal("0.2")}
    insurers = [build.a_provider(venue, name, collateral="10000") for name in ("first", "second")]
    note(insurers[0], "1", expires=7 * DAY)
    note(insurers[1], "2", expires=DAY)
    cover = covers.active(venue, dict.fromkeys(insurers, 5000), levels=by_rating, notice_seconds=3600)
    prepay(cover, "1000")
    assert limits() == [3000]
    over = clock.now() + timedelta(seconds=DAY)
    travel.to(over)
    assert market.sweep("charge_premiums") == 1
    travel.to(over + timedelta(seconds=3599))
    market.sweep("charge_premiums")
    assert limits() == [3000]
    travel.to(over + timedelta(seconds=3600))
    market.sweep("charge_premiums")
    assert (limits(), newest().bucket) == ([3000, 1000], "5")
    travel(seconds=1)
    note(insurers[1], "1")
    market.sweep("charge_premiums")
    assert limits() == [3000, 1000, 5000]
    clean()


def test_a_halted_market_has_a_level_of_its_own(venue, travel) -> None:
    moving(venue, notice_seconds=0)
    build.conditions(venue)
    travel(seconds=60)
    perform(set_breaker, venue_id=venue.id, product_group="PERPS", level=3, reason="a test")
    market.sweep("charge_premiums")
    assert (limits(), newest().regime) == ([5000, 500], "HALTED")
    clean()


def test_a_level_of_nothing_covers_nothing_and_costs_nothing(venue, travel) -> None:
    cover = moving(venue, levels=covers.levels(calm="0"))
    assert (limits(), held()) == ([0], 0)
    travel(seconds=DAY)
    market.sweep("charge_premiums")
    assert charged(cover) == 0
    opened(venue, "a", "4500")
    assert not Claim.objects.exists()
    clean()


def test_it_is_activated_with_what_its_level_asks_for_and_no_less(venue) -> None:
    insurers = {build.a_provider(venue, "short", collateral="1799.999999"): 10_000}
    cover = covers.signed(venue, insurers, levels=covers.levels(calm="0.5"))
    covers.limit_tranche(venue)
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        covers.activate(cover)
    assert not CoveredLimit.objects.exists()
    move(next(iter(insurers)), "0.000001", "in")
    covers.activate(cover)
    assert (limits(), held()) == ([2500], 1800)
    clean()


@pytest.mark.parametrize("stops", [(), (0.5,), (1, 1.25, 1.75, 2, 2.5), tuple(each / 7 for each in range(1, 21))])
def test_over_a_leap_day_and_a_fall_the_premium_is_the_same_however_often_it_is_charged(venue, travel, stops) -> None:
    """Three days: 5,000 at 300 bps, from noon of the first on at 600, and from noon of the 29th on 2,500 at 600:
    (5,000 x 0.03 x 0.5 + 5,000 x 0.06 + 2,500 x 0.06 x 1.5) / 365 = 1.643835616…"""
    travel.to(LEAP)
    build.conditions(venue)
    cover = moving(venue, collateral="10000")
    noon = 0.5
    for stop in sorted({*stops, noon, 3}):
        travel.to(LEAP + timedelta(days=stop))
        if stop == noon:
            build.conditions(venue, spread_bps=Decimal(50))
        if stop in (noon, 3) or stop in stops:
            market.sweep("charge_premiums")
    assert charged(cover) == Decimal("1.643835")
    assert newest().starts_at == LEAP + timedelta(days=1.5)
    clean()
