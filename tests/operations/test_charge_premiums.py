"""What a cover costs accrues by the second, by the rates that were in force, and is charged to what was prepaid."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Claim, Cover, CoverPremium, CoverRate, CoverShare, LossEvent, ProviderDefault
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.queries import find_waiting
from accounts.queries.would_pay import list_standing_covers
from accounts.rules.refusals import AccountRefusal
from auctions import queries
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import claims, covers, market
from tests.claims import say
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.operations.test_loss_sharing import clean, close, owing
from tests.operations.test_prepay_premium import prepay
from tests.operations.test_rate_provider import note
from tests.refusing import refused

pytestmark = pytest.mark.django_db

FEBRUARY = datetime(2028, 2, 28, 0, 0, tzinfo=UTC)


def charged(cover) -> Decimal:
    return CoverPremium.objects.get(cover=cover).charged


def rates(cover) -> list[tuple[datetime, Decimal]]:
    known = CoverRate.objects.filter(premium__cover=cover).order_by("starts_at")
    return list(known.values_list("starts_at", "rate_bps"))


def begun(venue, parts, travel, prepaid="1000", **said) -> Cover:
    """From the first instant of 28 February 2028 on."""
    travel.to(FEBRUARY)
    cover = covers.active(venue, parts, **said)
    prepay(cover, prepaid)
    return cover


def charge(travel, at) -> None:
    travel.to(at)
    market.sweep("charge_premiums")


@pytest.mark.parametrize("stops", [(), (1,), (1, 1.25, 1.5, 2), tuple(each / 7 for each in range(1, 21))])
def test_over_a_leap_day_and_a_change_of_regime_at_noon_it_is_the_same_however_often_it_is_charged(
    venue, alice, bob, travel, stops
) -> None:
    """Three days of 5,000: a day and a half at 300 bps, and a day and a half at 600 from noon of the 29th on:
    5,000 x (129,600 x 0.03 + 129,600 x 0.06) / 31,536,000 = 1.849315068…"""
    market.a_playbook(venue, stressed_spread_bps="50")
    cover = begun(venue, {alice: 7001, bob: 2999}, travel)
    noon = FEBRUARY + timedelta(days=1.5)
    for stop in [*(each for each in stops if each < 1.5), 1.5, *(each for each in stops if each > 1.5)]:
        if stop == 1.5:
            travel.to(noon)
            build.conditions(venue, spread_bps=Decimal(50))
        charge(travel, FEBRUARY + timedelta(days=stop))
    travel.to(FEBRUARY + timedelta(days=3))
    build.conditions(venue, spread_bps=Decimal(50))
    market.sweep("charge_premiums")
    assert charged(cover) == Decimal("1.849315")
    earned = {share.provider: share.earned for share in CoverShare.objects.filter(cover=cover)}
    assert earned == {alice: Decimal("1.294705"), bob: Decimal("0.554610")}
    assert dict(rates(cover))[noon] == 600
    clean()


def used_by(venue, cost: str, reference: str = "1") -> Claim:
    """Its claim of an event that costs so much."""
    close(owing(venue, cost, reference, reference))
    return Claim.objects.get(loss_event__account=reference)


@pytest.mark.parametrize("sweeps", [True, False], ids=["at each change", "at the end"])
def test_what_claims_use_of_the_aggregate_costs_from_their_very_instant_on(travel, sweeps) -> None:
    """From 1,000 to 6,000 for 10,000 in all, at 300 bps, half as much again at the kink of a half, and three times when
    used up. Six hours unused; then half is claimed, six hours at 450 bps; then six tenths, 300 x 1.8 for the 4,000 that
    are left, until it is refused six hours later, and half is used again:
    (5,000 x 300 + 5,000 x 450 + 4,000 x 540 + 5,000 x 450) x 6 h / 8,760 h / 10,000 = 0.5589041…"""
    travel.to(FEBRUARY)
    venue = claims.a_market(travel)
    travel.to(FEBRUARY)
    cover = claims.insured(venue, (10_000,), answer_seconds=2 * 86400)
    prepay(cover, "100")

    def at(hours: int) -> None:
        if sweeps:
            travel(seconds=1)
            market.sweep("charge_premiums")
        travel.to(FEBRUARY + timedelta(hours=hours))

    at(6)
    used_by(venue, "6000", "half")
    at(12)
    claim = used_by(venue, "2000", "more")
    at(18)
    say(dispute_claim, claim, disputed_amount=claim.insured, reason="it is excluded")
    say(decide_claim, claim, refused=claim.insured, reason="it is")
    at(24)
    market.sweep("charge_premiums")
    assert charged(cover) == Decimal("0.558904")
    rows = CoverRate.objects.filter(premium__cover=cover).order_by("starts_at").values_list("rate_bps", "limit", "used")
    assert list(rows)[:4] == [(300, 5000, 0), (450, 5000, 5000), (540, 4000, 6000), (450, 5000, 5000)]
    clean()


def test_what_is_disputed_costs_as_if_it_was_owed_until_it_is_refused(travel) -> None:
    """So that nobody changes a premium by a word of its own, either way."""
    cover = claims.insured(claims.a_market(travel), (10_000,))
    prepay(cover, "100")
    travel(seconds=60)
    claim = used_by(cover.venue, "6000")
    travel(seconds=60)
    market.sweep("charge_premiums")
    say(dispute_claim, claim, disputed_amount=claim.insured, reason="it is excluded")
    travel(seconds=60)
    assert market.sweep("charge_premiums") == 0
    assert rates(cover)[-1][1] == 450
    clean()


def test_what_claims_have_used_up_costs_nothing_more(travel) -> None:
    cover = claims.insured(claims.a_market(travel), (10_000,), aggregate="5000")
    prepay(cover, "100")
    travel(seconds=60)
    used_by(cover.venue, "6000")
    travel(seconds=1)
    market.sweep("charge_premiums")
    newest = CoverRate.objects.filter(premium__cover=cover).latest("starts_at")
    assert (newest.rate_bps, newest.limit, newest.used) == (900, 0, 5000)
    clean()


def test_at_its_end_it_is_rounded_up_and_nothing_accrues_later(venue, alice, travel) -> None:
    """A day of 5,000 at 300 bps: 0.410958904…"""
    cover = begun(venue, {alice: 10_000}, travel, term_seconds=86400)
    charge(travel, FEBRUARY + timedelta(days=9))
    assert charged(cover) == Decimal("0.410959")
    assert CoverPremium.objects.get(cover=cover).due_at is None
    clean()


@pytest.mark.parametrize("sweeps", [1, 10])
def test_a_market_that_was_stressed_while_nothing_was_charged_costs_that(venue, alice, travel, sweeps) -> None:
    """A day of 5,000, from six to nine stressed, and again from twelve on, when nothing was reported for an hour, until
    it is said to be calm at 15: 5,000 x (18 h x 0.03 + 6 h x 0.06) / 8,760 h = 0.513698630…"""
    market.a_playbook(venue, stressed_spread_bps="50", max_gap_seconds=3600, dwell_seconds=3600)
    cover = begun(venue, {alice: 10_000}, travel)
    for hour in range(25):
        travel.to(FEBRUARY + timedelta(hours=hour))
        if not 11 < hour < 15:
            build.conditions(venue, spread_bps=Decimal(50 if 6 <= hour < 9 else 1))
        if sweeps == 10 and hour % 2 == 0:
            market.sweep("charge_premiums")
    market.sweep("charge_premiums")
    assert charged(cover) == Decimal("0.513698")
    clean()


GAP = 3600


def silent(venue, alice, travel, *, gap: int = GAP, **said) -> Cover:
    """Since the first instant of the day its venue says nothing of its market; beyond an hour that is stress."""
    market.a_playbook(venue, max_gap_seconds=gap)
    cover = begun(venue, {alice: 10_000}, travel, **said)
    build.conditions(venue)
    return cover


def test_silence_costs_more_from_the_instant_on_at_which_it_is_one(venue, alice, travel) -> None:
    """At that very instant, and a round that comes late prices it since then."""
    cover = silent(venue, alice, travel)
    quiet_from = FEBRUARY + timedelta(seconds=GAP)
    assert queries.get_next_deadline(FEBRUARY) == quiet_from
    charge(travel, quiet_from - timedelta(microseconds=1))
    assert rates(cover) == [(FEBRUARY, 300)]
    travel.to(quiet_from)
    assert market.sweep("charge_premiums") == 1
    assert rates(cover) == [(FEBRUARY, 300), (quiet_from, 600)]
    travel(seconds=1)
    assert market.sweep("charge_premiums") == 0
    clean()


def test_silence_found_late_is_priced_since_it_was_one(venue, alice, travel) -> None:
    """An hour at 300 bps and two at 600 of 5,000: 5,000 x (0.03 + 2 x 0.06) / 8,760 = 0.085616438…"""
    cover = silent(venue, alice, travel)
    travel.to(FEBRUARY + timedelta(hours=3))
    assert market.sweep("charge_premiums") == 1
    assert rates(cover)[1:] == [(FEBRUARY + timedelta(seconds=GAP), 600)]
    assert charged(cover) == Decimal("0.085616")
    clean()


def test_a_report_at_the_very_end_of_the_gap_is_in_time(venue, alice, travel) -> None:
    cover = silent(venue, alice, travel)
    travel.to(FEBRUARY + timedelta(seconds=GAP))
    build.conditions(venue)
    assert market.sweep("charge_premiums") == 0
    assert rates(cover) == [(FEBRUARY, 300)]


def test_one_market_that_is_told_of_hides_no_other_that_is_not(venue, alice, travel) -> None:
    build.a_group_of_products(venue, "OTHERS")
    cover = silent(venue, alice, travel)
    build.conditions(venue, product_group="OTHERS")
    travel.to(FEBRUARY + timedelta(seconds=GAP))
    build.conditions(venue)
    market.sweep("charge_premiums")
    assert rates(cover)[-1] == (FEBRUARY + timedelta(seconds=GAP), 600)


@pytest.mark.parametrize(("gap", "then", "rate"), [(3600, 600, 600), (600, 3600, 300)])
def test_another_longest_silence_counts_from_its_playbook_on(venue, alice, travel, gap, then, rate) -> None:
    """After twenty minutes without a word, which are too many by one of the two alone."""
    cover = silent(venue, alice, travel, gap=gap)
    changed_at = FEBRUARY + timedelta(minutes=20)
    charge(travel, changed_at)
    market.a_playbook(venue, max_gap_seconds=then)
    travel(seconds=1)
    assert market.sweep("charge_premiums") == 1
    market.sweep("charge_premiums")
    assert rates(cover)[-1][1] == rate
    travel(seconds=1)
    assert market.sweep("charge_premiums") == 0
    clean()


def test_a_rating_that_is_over_costs_at_once_what_none_costs(venue, alice, bob, travel) -> None:
    """360 bps while all are rated 1, and 300 once one is as good as the worst."""
    travel.to(FEBRUARY)
    note(alice, "1", expires=2 * 86400)
    note(bob, "1", expires=GAP)
    cover = begun(venue, {alice: 5000, bob: 5000}, travel)
    over_at = FEBRUARY + timedelta(seconds=GAP)
    assert queries.get_next_deadline(FEBRUARY) == over_at
    travel.to(over_at - timedelta(microseconds=1))
    assert market.sweep("charge_premiums") == 0
    travel.to(over_at)
    assert market.sweep("charge_premiums") == 1
    assert rates(cover) == [(FEBRUARY, 360), (over_at, 300)]
    travel(seconds=1)
    assert market.sweep("charge_premiums") == 0


def test_a_rating_that_another_follows_in_time_costs_nothing_as_it_is_over(venue, alice, travel) -> None:
    travel.to(FEBRUARY)
    note(alice, "1", expires=GAP)
    cover = begun(venue, {alice: 10_000}, travel)
    travel(seconds=1)
    note(alice, "1", expires=2 * 86400)
    travel.to(FEBRUARY + timedelta(seconds=GAP))
    assert market.sweep("charge_premiums") == 0
    assert rates(cover) == [(FEBRUARY, 360)]


def test_what_is_lacking_at_the_end_is_owed_told_and_charged_once_it_is_there(venue, alice, travel) -> None:
    """A day of 5,000 at 300 bps, rounded up: 0.410959, of which 0.1 is there, and then 0.1 more, and the rest."""
    cover = begun(venue, {alice: 10_000}, travel, prepaid="0.1", term_seconds=86400)
    charge(travel, FEBRUARY + timedelta(days=1))
    owed = ["0.310959"]
    assert market.sweep("charge_premiums") == 0
    for amount, left in (("0.1", "0.210959"), ("5", "0")):
        prepay(cover, amount, amount)
        market.sweep("charge_premiums")
        owed.append(left)
    premium = CoverPremium.objects.get(cover=cover)
    assert (premium.charged, premium.owed, premium.account.posted) == (Decimal("0.410959"), 0, Decimal("4.789041"))
    told = Event.objects.filter(kind="premium_owed").order_by("id")
    assert [each.payload["amount"] for each in told] == owed
    clean()


def test_a_rating_counts_until_it_expires_and_the_worst_insurers_does(venue, alice, bob, travel) -> None:
    travel.to(FEBRUARY)
    note(alice, "1", expires=2 * 86400)
    note(bob, "1", expires=3600)
    cover = begun(venue, {alice: 5000, bob: 5000}, travel)
    charge(travel, FEBRUARY + timedelta(days=1))
    assert rates(cover)[:2] == [(FEBRUARY, 360), (FEBRUARY + timedelta(seconds=3600), 300)]
    travel(seconds=1)
    note(bob, "1")
    market.sweep("charge_premiums")
    assert rates(cover)[-1] == (FEBRUARY + timedelta(days=1, seconds=1), 360)


def test_less_than_seven_days_of_it_are_told_and_seven_are_not(venue, alice, travel) -> None:
    """A day is 0.410958904… and seven are 2.876712 rounded down."""
    cover = begun(venue, {alice: 10_000}, travel, prepaid="3.287670")
    charge(travel, FEBRUARY + timedelta(days=1))
    assert not Event.objects.filter(kind="premium_low").exists()
    assert CoverPremium.objects.get(cover=cover).account.posted == Decimal("2.876712")
    prepay(cover, "-0.000001", "back")
    charge(travel, FEBRUARY + timedelta(days=2))
    (told,) = Event.objects.filter(kind="premium_low")
    assert not told.payload["is_empty"]


def test_what_has_accrued_since_it_was_charged_is_not_taken_back(venue, alice, travel) -> None:
    """Half a day of 5,000 at 300 bps: 0.205479452… of 10."""
    cover = begun(venue, {alice: 10_000}, travel, prepaid="10")
    travel.to(FEBRUARY + timedelta(hours=12))
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        prepay(cover, "-9.794522", "too much")
    prepay(cover, "-9.794521", "all but that")
    charge(travel, FEBRUARY + timedelta(days=1))
    assert charged(cover) == Decimal("0.205479")
    clean()


def test_it_is_rated_anew_before_any_of_it_is_taken_back(venue, alice, travel) -> None:
    """Nobody looked since its market fell silent, after an hour: 5,000 x (0.03 + 2 x 0.06) / 8,760 = 0.085616438…"""
    cover = silent(venue, alice, travel, prepaid="10")
    travel.to(FEBRUARY + timedelta(hours=3))
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        prepay(cover, "-9.914385", "too much")
    prepay(cover, "-9.914384", "all but that")
    assert rates(cover) == [(FEBRUARY, 300)], "who takes back changes no rate"
    market.sweep("charge_premiums")
    assert charged(cover) == Decimal("0.085616")
    assert CoverPremium.objects.get(cover=cover).empty_at is None
    clean()


def test_what_costs_less_since_lets_more_be_taken_back(venue, alice, travel) -> None:
    """A rating was over after an hour: 5,000 x (0.036 + 0.03) / 8,760 = 0.037671232…"""
    travel.to(FEBRUARY)
    note(alice, "1", expires=3600)
    cover = begun(venue, {alice: 10_000}, travel, prepaid="10")
    travel.to(FEBRUARY + timedelta(hours=2))
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        prepay(cover, "-9.962330", "too much")
    prepay(cover, "-9.962329", "all but that")
    market.sweep("charge_premiums")
    assert charged(cover) == Decimal("0.037671")
    clean()


def test_what_a_refused_claim_frees_again_is_not_taken_back(travel) -> None:
    """A day of 5,000 at 300 bps, a day in which nothing of it is left, and, nobody having looked since, half a day of
    all of it again: 5,000 x (0.03 + 0.03 / 2) / 365 = 0.616438356…"""
    travel.to(FEBRUARY)
    venue = claims.a_market(travel)
    travel.to(FEBRUARY)
    cover = claims.insured(venue, (10_000,), aggregate="5000", answer_seconds=7 * 86400)
    prepay(cover, "10")
    travel.to(FEBRUARY + timedelta(days=1))
    claim = used_by(venue, "6000")
    charge(travel, FEBRUARY + timedelta(days=1, seconds=1))
    assert CoverRate.objects.filter(premium__cover=cover).latest("starts_at").limit == 0
    travel.to(FEBRUARY + timedelta(days=2))
    say(dispute_claim, claim, disputed_amount=claim.insured, reason="it is excluded")
    say(decide_claim, claim, refused=claim.insured, reason="it is")
    travel.to(FEBRUARY + timedelta(days=2.5))
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        prepay(cover, "-9.383563", "too much")
    prepay(cover, "-9.383562", "all but that")
    market.sweep("charge_premiums")
    assert (charged(cover), CoverPremium.objects.get(cover=cover).empty_at) == (Decimal("0.616438"), None)
    clean()


def test_what_a_default_suspended_costs_nothing_that_may_not_be_taken_back(venue, alice, travel) -> None:
    """Half a day of 5,000 at 300 bps until then, 0.205479452…, and nobody looked since."""
    cover = begun(venue, {alice: 10_000}, travel, prepaid="10")
    travel.to(FEBRUARY + timedelta(hours=12))
    in_default(alice)
    travel.to(FEBRUARY + timedelta(hours=20))
    prepay(cover, "-9.794521", "all but that")
    charge(travel, FEBRUARY + timedelta(days=1))
    assert (charged(cover), CoverPremium.objects.get(cover=cover).empty_at) == (Decimal("0.205479"), None)
    clean()


def test_empty_it_stands_for_its_grace_and_paid_by_then_it_goes_on(venue, alice, travel) -> None:
    cover = begun(venue, {alice: 10_000}, travel, prepaid="0.1")
    charge(travel, FEBRUARY + timedelta(days=1))
    assert charged(cover) == Decimal("0.1")
    assert CoverPremium.objects.get(cover=cover).empty_at == FEBRUARY + timedelta(days=1)
    travel(seconds=86399)
    prepay(cover, "10", "late")
    charge(travel, FEBRUARY + timedelta(days=2))
    assert (charged(cover), Cover.objects.get(id=cover.id).state) == (Decimal("0.821917"), "ACTIVE")
    assert CoverPremium.objects.get(cover=cover).empty_at is None


def test_empty_for_its_grace_it_is_suspended_and_costs_nothing_until_it_is_paid(venue, alice, travel) -> None:
    """Two days of 5,000 at 300 bps, 0.821917…, and half a day after five days: 1.027397…"""
    cover = begun(venue, {alice: 10_000}, travel, prepaid="0.1")
    charge(travel, FEBRUARY + timedelta(days=1))
    charge(travel, FEBRUARY + timedelta(days=2))
    state, ends_at = Cover.objects.values_list("state", "ends_at").get(id=cover.id)
    assert (state, ends_at) == ("SUSPENDED", cover.ends_at)
    charge(travel, FEBRUARY + timedelta(days=3))
    prepay(cover, "0.721916", "less than is due")
    travel.to(FEBRUARY + timedelta(days=4.5))
    market.sweep("charge_premiums")
    assert Cover.objects.get(id=cover.id).state == "SUSPENDED"
    prepay(cover, "5", "more")
    charge(travel, FEBRUARY + timedelta(days=4.5, seconds=1))
    resumed = Cover.objects.get(id=cover.id)
    assert (resumed.state, resumed.active_at, charged(cover)) == ("ACTIVE", FEBRUARY, Decimal("0.821917"))
    charge(travel, FEBRUARY + timedelta(days=5, seconds=1))
    assert charged(cover) == Decimal("1.027397")
    assert list(Event.objects.filter(kind__in=["cover_suspended", "cover_resumed"]).values_list("kind", flat=True)) == [
        "cover_suspended",
        "cover_resumed",
    ]
    clean()


def test_events_that_open_while_it_is_suspended_are_not_its_own(venue, alice, travel) -> None:
    cover = begun(venue, {alice: 10_000}, travel, prepaid="0.1")
    charge(travel, FEBRUARY + timedelta(days=2))
    charge(travel, FEBRUARY + timedelta(days=3))
    charge(travel, FEBRUARY + timedelta(days=3))
    opened = {"venue": venue, "kind": "ACCOUNT", "opened_at": FEBRUARY + timedelta(days=3), "hours_clause_seconds": 1}
    late = {"takes_until": FEBRUARY + timedelta(days=50), "final_by": FEBRUARY + timedelta(days=50)}
    LossEvent.objects.create(**opened, **late)
    assert find_waiting(Cover.objects.all()) == set()
    LossEvent.objects.create(**{**opened, "opened_at": FEBRUARY + timedelta(days=2.9)}, **late)
    assert find_waiting(Cover.objects.all()) == {cover.id}


def resumed(cover, travel) -> datetime:
    """Its venue lets it stand unpaid beyond its grace, and pays as trouble is near; since when it is active again."""
    prepay(cover, "-1000", "all of it is taken back")
    for days in (1, 2):
        charge(travel, FEBRUARY + timedelta(days=days))
    assert Cover.objects.get(id=cover.id).state == "SUSPENDED"
    travel(seconds=3600)
    prepay(cover, "1000", "trouble is near")
    market.sweep("charge_premiums")
    assert Cover.objects.get(id=cover.id).state == "ACTIVE"
    return clock.now()


def insured(cover, opened_at: datetime) -> bool:
    """Whether it stands for an event of its venue that opens then."""
    return Cover.objects.get(id=cover.id).stands_for(LossEvent(venue_id=cover.venue_id, opened_at=opened_at))


@pytest.mark.parametrize(("after", "stands"), [(-1, False), (0, True), (1, True)])
def test_what_is_paid_as_trouble_is_near_buys_nothing_before_the_waiting_period_is_over(
    venue, alice, travel, after, stands
) -> None:
    cover = begun(venue, {alice: 10_000}, travel, waiting_seconds=3600)
    resumed_at = resumed(cover, travel)
    assert not insured(cover, resumed_at)
    assert not list_standing_covers([cover.asset], resumed_at), "nor is it foreseen to pay"
    stands_from = resumed_at + timedelta(seconds=3600)
    assert insured(cover, stands_from + timedelta(microseconds=after)) == stands
    told = Event.objects.get(kind="cover_resumed").payload
    assert datetime.fromisoformat(told["stands_from"]) == stands_from
    assert Cover.objects.get(id=cover.id).stands_from == stands_from
    clean()


def test_what_opened_before_it_was_suspended_stays_its_own_while_it_waits_anew(venue, alice, travel) -> None:
    cover = begun(venue, {alice: 10_000}, travel, waiting_seconds=3600)
    resumed(cover, travel)
    assert insured(cover, FEBRUARY + timedelta(days=2, microseconds=-1))


def test_while_it_waits_anew_it_costs_as_much_as_while_it_waited_at_first(venue, alice, travel) -> None:
    """Two days of 5,000 at 300 bps, and one from when it was resumed on: 3 x 0.410958904…"""
    cover = begun(venue, {alice: 10_000}, travel, waiting_seconds=2 * 86400)
    charge(travel, resumed(cover, travel) + timedelta(days=1))
    assert charged(cover) == Decimal("1.232876")
    clean()


def after_a_default(cover, alice, travel, *, hours: int) -> Cover:
    """Its insurer was in default from the second day on, for so long."""
    charge(travel, FEBRUARY + timedelta(days=1))
    default = in_default(alice)
    travel.to(FEBRUARY + timedelta(days=1, hours=hours))
    market.sweep("charge_premiums")
    ProviderDefault.objects.filter(id=default.id).update(state="CLOSED")
    return Cover.objects.get(id=cover.id)


def test_after_a_default_of_its_insurer_it_stands_again_at_once(venue, alice, travel) -> None:
    """Nobody whom it protects brought that about."""
    cover = after_a_default(begun(venue, {alice: 10_000}, travel, waiting_seconds=3600), alice, travel, hours=5)
    charge(travel, FEBRUARY + timedelta(days=2))
    assert (Cover.objects.get(id=cover.id).state, insured(cover, clock.now())) == ("ACTIVE", True)


@pytest.mark.parametrize(("hours", "stands"), [(23, True), (24, False)])
def test_after_a_default_it_waits_anew_where_it_was_unpaid_for_its_grace_meanwhile(
    venue, alice, travel, hours, stands
) -> None:
    cover = begun(venue, {alice: 10_000}, travel, prepaid="0.1", waiting_seconds=3600)
    cover = after_a_default(cover, alice, travel, hours=hours)
    travel(seconds=1)
    prepay(cover, "1000", "late")
    market.sweep("charge_premiums")
    assert (Cover.objects.get(id=cover.id).state, insured(cover, clock.now())) == ("ACTIVE", stands)
    assert insured(cover, clock.now() + timedelta(seconds=3600))


def test_suspended_for_too_long_it_runs_off(venue, alice, travel) -> None:
    cover = begun(venue, {alice: 10_000}, travel, prepaid="0.1")
    charge(travel, FEBRUARY + timedelta(days=1))
    charge(travel, FEBRUARY + timedelta(days=2))
    travel.to(FEBRUARY + timedelta(days=9))
    travel(microseconds=-1)
    assert market.sweep("end_covers") == 0
    travel.to(FEBRUARY + timedelta(days=9))
    market.sweep("end_covers")
    cover.refresh_from_db()
    assert (cover.state, cover.ends_at) == ("ENDED", FEBRUARY + timedelta(days=9))
    market.sweep("charge_premiums")
    assert CoverPremium.objects.get(cover=cover).owed == Decimal("0.721918")  # rounded up at the end
    clean()


def test_what_an_insurer_earns_while_its_pledge_lacks_something_is_held_for_that_at_once(venue, travel) -> None:
    """It has 3,600, all pledged, and lacks the 288 of a claim that waits."""
    cover = begun(venue, {build.a_provider(venue, "poor", collateral="3600"): 10_000}, travel)
    market.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**8)
    market.committed(venue, "0")
    close(owing(venue, "1400", "1"))
    share = cover.shares.get()
    assert (share.held, share.lacking) == (3600, 288)
    charge(travel, FEBRUARY + timedelta(days=1))
    share.refresh_from_db()
    assert share.earned > 0
    assert (share.held, share.lacking) == (3600 + share.earned, 288 - share.earned)
    assert build.provider_account(share.provider).free == 0
    clean()
