"""Conditions: what a venue reports of its markets makes their regime, and that decides whether commitments go first."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from auctions.models import MarketRegime, PastRegime, Step
from auctions.operations.operator.set_breaker import set_breaker
from auctions.queries.audit import CHECKS
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import conditions, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    build.a_playbook(venue, assign="BY_REGIME", mark_max_age_seconds=3600, dwell_seconds=600, max_gap_seconds=300)
    return venue


def changes():
    told = Event.objects.filter(kind="regime_changed").order_by("id").values_list("payload", flat=True)
    return [(one["product_group"], one["former"], one["regime"]) for one in told]


def breaker(venue, level, **scope):
    perform(set_breaker, venue_id=venue.id, level=level, reason="a test", **scope)


def test_a_market_is_stressed_and_calm_again_and_everybody_is_told_once(venue, travel):
    assert conditions(venue).regime == "CALM"
    travel(seconds=10)
    stressed = conditions(venue, spread_bps=D(50))
    assert (stressed.regime, stressed.began_at) == ("STRESSED", stressed.reported_at)
    travel(seconds=300)
    assert conditions(venue).regime == "STRESSED"
    travel(seconds=300)
    assert conditions(venue).regime == "CALM"
    assert changes() == [("PERPS", "CALM", "STRESSED"), ("PERPS", "STRESSED", "CALM")]
    assert MarketRegime.objects.count() == 1


def test_one_that_is_stressed_from_the_first_is_told(venue):
    assert conditions(venue, depth=D(0)).regime == "CALM", "no depth is asked for"
    build.a_playbook(venue, stressed_depth="1000")
    assert conditions(venue, product_group="COINS", depth=D(1000)).regime == "STRESSED"
    assert changes() == [("COINS", "CALM", "STRESSED")]


def test_nothing_is_said_of_a_while_that_is_gone(venue, travel):
    """Neither that a market was stressed for long already, nor that its venue was not silent."""
    travel.freeze()
    first = conditions(venue)
    travel(seconds=290)
    now = clock.now()
    for at in (first.reported_at + timedelta(microseconds=1), now - timedelta(seconds=5, microseconds=1)):
        with refused(AuctionRefusal.CONDITIONS_REFUSED):
            conditions(venue, at=at, spread_bps=D(50))
    conditions(venue, at=now - timedelta(seconds=5), spread_bps=D(50))
    assert conditions(venue, at=now).regime == "STRESSED"


def test_silence_is_told_by_the_report_that_ends_it(venue, travel):
    first = conditions(venue)
    travel(seconds=301)
    row = conditions(venue)
    assert (row.regime, row.began_at) == ("STRESSED", first.reported_at + timedelta(seconds=300))
    assert changes() == [("PERPS", "CALM", "STRESSED")]


@pytest.mark.parametrize("scope", [{}, {"product_group": "PERPS"}])
def test_a_breaker_halts_the_markets_within_it_which_are_stressed_after_it(venue, travel, scope):
    conditions(venue)
    conditions(venue, product_group="COINS")
    breaker(venue, 2, **scope)
    assert changes() == []
    breaker(venue, 3, **scope)
    halted = {"PERPS"} if scope else {"PERPS", "COINS"}
    assert {one for one, _, regime in changes() if regime == "HALTED"} == halted
    travel(seconds=1)
    assert conditions(venue).regime == "HALTED"
    breaker(venue, 0, **scope)
    rows = dict(MarketRegime.objects.values_list("product_group__code", "regime"))
    assert rows == {"PERPS": "STRESSED", "COINS": "CALM" if scope else "STRESSED"}


def test_what_another_breaker_halts_stays_halted(venue):
    conditions(venue)
    breaker(venue, 3)
    breaker(venue, 3, product_group="PERPS")
    breaker(venue, 0)
    assert MarketRegime.objects.get().regime == "HALTED"
    breaker(venue, 0, product_group="PERPS")
    assert changes() == [("PERPS", "CALM", "HALTED"), ("PERPS", "HALTED", "STRESSED")]


def test_one_that_is_halted_when_it_is_first_reported_is_halted(venue):
    breaker(venue, 3, product_group="PERPS")
    assert conditions(venue).regime == "HALTED"
    assert changes() == [("PERPS", "CALM", "HALTED")]


def test_what_is_older_of_later_or_impossible_is_refused(venue, travel):
    travel.freeze()
    now = clock.now()
    conditions(venue, at=now - timedelta(seconds=5))
    for said in (
        {"at": now - timedelta(seconds=5)},
        {"at": now - timedelta(seconds=6)},
        {"at": now + timedelta(microseconds=1)},
        {"stale_share": D("1.000001")},
        {"stale_share": D("0.0000001")},
    ):
        with refused(AuctionRefusal.CONDITIONS_REFUSED):
            conditions(venue, **said)
    with refused(AuctionRefusal.PRODUCT_GROUP_UNKNOWN):
        conditions(venue, product_group="OTHERS")
    with refused(AuctionRefusal.PRODUCT_GROUP_UNKNOWN):
        conditions(build.a_venue())
    conditions(venue, at=now, stale_share=D(1))


def found(check="a market is calm, stressed or halted by what was said of it last"):
    with connection.cursor() as cursor:
        cursor.execute(CHECKS[check], {"venue": None})
        return cursor.fetchall()


STEPS = "a market's regime moves by one step, and is stressed for its time"


def test_the_audit_finds_nothing_whatever_becomes_of_a_market(venue, travel):
    """Stressed, calm, silent, halted, and stressed after it until its time is over."""
    for seconds, spread in (
        (20, 0),
        (10, 50),
        (300, 0),
        (300, 0),
        (301, 41),
        (600, 40),
        (10, 39),
        (1000, 50),
        (1000, 0),
    ):
        travel(seconds=seconds)
        conditions(venue, spread_bps=D(spread))
        assert not found()
        assert not found(STEPS)
    for level in (3, 0):
        travel(seconds=400)
        breaker(venue, level)
        assert not found()
    travel(seconds=600)
    assert conditions(venue).regime == "CALM"
    assert not found()
    assert not found(STEPS)


@pytest.mark.parametrize(
    ("said", "is_wrong"),
    [
        ({"spread_bps": "49.9999"}, False),
        ({"spread_bps": "50"}, True),
        ({"volatility_bps": "300"}, True),
        ({"stale_share": "0.199999"}, False),
        ({"stale_share": "0.2"}, True),
        ({"regime": "STRESSED"}, True),
        ({"regime": "HALTED"}, True),
    ],
)
def test_the_audit_names_a_market_that_is_not_as_its_last_report_says(venue, travel, said, is_wrong):
    travel(seconds=20)
    conditions(venue)
    MarketRegime.objects.update(**said)
    assert bool(found()) == is_wrong


@pytest.mark.parametrize(("seconds", "is_wrong"), [(595, False), (594.999999, True)])
def test_the_audit_names_what_was_calm_too_soon(venue, travel, seconds, is_wrong):
    """By more than the five seconds by which a report may be late."""
    travel(seconds=20)
    conditions(venue, spread_bps=D(50))
    began_at = PastRegime.objects.get().began_at
    travel(seconds=900)
    group = MarketRegime.objects.get().product_group
    PastRegime.objects.create(product_group=group, regime="CALM", began_at=began_at + timedelta(seconds=seconds))
    assert bool(found(STEPS)) == is_wrong


@pytest.mark.parametrize(
    "fields",
    [{"calm_percent": 0}, {"calm_percent": 100}, {"stressed_spread_bps": "-1"}, {"stressed_stale_percent": 101}],
)
def test_thresholds_that_make_no_sense_are_no_playbook(venue, fields):
    with pytest.raises(DatabaseError, match="playbook_calm_below_stressed"), transaction.atomic():
        build.a_playbook(venue, **fields)


ASSIGN, SEALED = "ASSIGN", "SEALED"


def routed(venue):
    """The first steps of a book in PERPS and COINS, and the regimes that its chain says."""
    positions = (market.position("BTC-PERP", "LONG", "2", "21000"), market.position("ETH-USD", "LONG", "100"))
    book = market.a_book(venue, *positions, cash="3000")
    market.sweep("route_books")
    kinds = Step.objects.filter(lot__book=book).order_by("lot__ordinal").values_list("kind", flat=True)
    return list(kinds), [lot.regime for lot in invariants.chain_holds(book).links[0].lots]


def test_commitments_take_first_where_a_market_is_stressed(venue):
    conditions(venue, spread_bps=D(50))
    conditions(venue, product_group="COINS")
    assert routed(venue) == ([ASSIGN, SEALED], ["STRESSED", "CALM"])


def test_commitments_take_first_where_a_venue_is_silent(venue, travel):
    conditions(venue)
    travel(seconds=301)
    assert routed(venue) == ([ASSIGN, SEALED], ["STRESSED", "CALM"]), "of COINS it never said anything"


def test_a_lot_of_several_markets_is_as_the_worst_of_them(venue):
    build.a_playbook(venue, assign="BY_REGIME", lot_scope="BOOK")
    conditions(venue)
    conditions(venue, product_group="COINS", volatility_bps=D(300))
    assert routed(venue) == ([ASSIGN], ["STRESSED"])
