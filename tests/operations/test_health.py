"""What the operators are told of the market is so: each thing that goes wrong is seen, and named."""

from datetime import timedelta

import pytest
from django.conf import settings

from accounts.operations.keys.issue_key import issue_key
from auctions import health, queries
from auctions.models import Auction, Book, Program, Round
from auctions.operations.operator.retire_alert_rule import retire_alert_rule
from auctions.operations.sweeps.note_rounds import note_rounds
from auctions.operations.sweeps.park_row import park_row
from auctions.tasks import STAGES
from backstop import clock
from backstop.health import Unhealthy, look, relay
from backstop.models.base import save_changes
from backstop.values.keyrings import Keyring
from tests import builders as build
from tests import market
from tests.alerts import a_rule
from tests.builders import perform
from tests.signing import a_public_key

pytestmark = pytest.mark.django_db

OTHER = Keyring.from_text("other:" + "A" * 43 + "=")


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = market.a_market(travel, fund="1000000")
    market.a_playbook(venue)
    return venue


def seen(check):
    (each,) = look([check])
    return each.ok, each.saw


def received(venue):
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")


def test_work_that_waits_is_named_by_its_stage_and_is_too_late_after_ten_seconds(venue, travel):
    assert seen(health.stages) == (True, "no work waits")
    received(venue)
    travel(seconds=10)
    assert seen(health.stages) == (True, "work waits: route_books for 10.0 s")
    travel(seconds=1)
    assert seen(health.stages) == (False, "work waits: route_books for 11 s; does a clock run?")


def test_every_stage_has_an_age_as_a_book_goes_its_way(venue, travel):
    """The age of what is due is counted from the moment at which the stage before was done."""
    received(venue)
    ages = {}
    for _ in range(8):
        for name, stage in STAGES.items():
            now = travel(seconds=3)
            waits = health.get_due_seconds(now)[name] if queries.may_be_due(stage.due, now) else 0
            if market.run_stage(name):
                ages.setdefault(name, waits)
        travel(seconds=60)
        market.mark_again()
    assert {
        "route_books",
        "assign_lots",
        "open_auctions",
        "close_auctions",
        "pass_lots_on",
        "close_books",
    } <= ages.keys()
    assert all(waits > 0 for waits in ages.values()), ages


def test_who_looks_for_work_is_counted_and_missed(venue, travel):
    assert seen(health.rounds)[0] is False
    perform(note_rounds, program=Program.CLOCK, stages=STAGES, venues=[])
    assert seen(health.rounds) == (True, "processes that look for work: CLOCK: 1")
    Round.objects.filter(stage="close_auctions").update(ended_at=clock.now() - timedelta(seconds=11))
    ok, saw = seen(health.rounds)
    assert (ok, "10 s at close_auctions" in saw) == (False, True)


def test_a_row_that_stands_aside_is_shown_with_its_reason(venue, travel):
    book = received(venue)
    assert seen(health.parked)[0]
    perform(park_row, model=Book, row_id=book.id, reason="nobody thought of this", retry_after=timedelta(seconds=10))
    assert seen(health.parked) == (False, "rows stand aside: Book, nobody thought of this: 1")
    assert seen(health.stages) == (True, "no work waits"), "it is not late: it stands aside"
    travel(seconds=10)
    assert seen(health.parked)[0], "it is tried again now"


def test_a_master_key_that_is_lost_is_named(venue, monkeypatch):
    auction = market.an_auction(venue)
    assert seen(health.keys) == (True, "all at hand")
    monkeypatch.setattr(settings, "SEALING_KEYS", OTHER)
    ok, saw = seen(health.keys)
    assert (ok, auction.sealing_key in saw) == (False, True)


def test_what_is_sold_without_a_fresh_mark_is_named(venue, travel):
    assert seen(health.marks) == (True, "all fresh")
    received(venue)
    market.mark_again()
    assert seen(health.marks)[0]
    travel(hours=25)
    assert seen(health.marks) == (False, "no fresh mark of BTC-PERP")


def test_halted_auctions_are_counted_by_reason(venue):
    auction = market.an_auction(venue)
    assert seen(health.halted) == (True, "no auction is halted")
    auction.halt("marks are stale", 60, clock.now())
    save_changes([auction])
    assert seen(health.halted) == (True, "halted auctions: marks are stale: 1")


def test_events_that_wait_for_a_relay_are_too_late_after_ten_seconds(venue, travel):
    received(venue)
    assert relay().startswith("the oldest event")
    travel(seconds=11)
    with pytest.raises(Unhealthy, match="does a relay run"):
        relay()


def test_metrics_say_the_same_in_numbers(venue, travel):
    received(venue)
    travel(seconds=4)
    text = market.metrics()
    assert 'backstop_due_seconds{stage="route_books"} 4.0' in text
    assert 'backstop_books{state="RECEIVED"} 1.0' in text
    assert 'backstop_parked_rows{model="Book"} 0.0' in text


def test_what_is_of_a_drill_alarms_nobody(venue, travel):
    drill = market.a_drill(venue)
    market.sweep()
    auction = Auction.objects.get(step__lot__book=drill.book)
    auction.halt("marks are stale", 60, clock.now())
    save_changes([auction])
    travel(hours=25)
    assert seen(health.halted) == (True, "no auction is halted")
    assert seen(health.marks) == (True, "all fresh")
    text = market.metrics()
    assert "backstop_unpriced_instruments 0.0" in text
    assert not [line for line in text.splitlines() if line.startswith(("backstop_books{", "backstop_auctions{"))]


def test_secrets_that_write_are_counted(venue):
    alice = build.a_provider(venue)
    build.a_provider_key(alice, ["read"])
    perform(issue_key, venue=venue, provider=alice, scopes=["bids"], public_key=a_public_key())
    assert seen(health.secrets) == (True, "keys with a secret that write: 0")
    build.a_provider_key(alice)
    build.a_venue_key(venue, ["marks"])
    assert seen(health.secrets) == (True, "keys with a secret that write: 2")


def test_mail_that_nobody_sends_is_said_once_a_rule_in_use_has_addresses(venue, settings):
    settings.MAIL_IS_SENT = False
    assert health.mail() == "rules of alerts with addresses: 0"
    a_rule(venue)
    assert health.mail() == "rules of alerts with addresses: 0"
    rule = a_rule(venue, mail_to=["risk@venue.example"])
    with pytest.raises(Unhealthy, match=r"no mail server is named \(EMAIL_URL\); rules of alerts with addresses: 1"):
        health.mail()
    settings.MAIL_IS_SENT = True
    assert health.mail() == "rules of alerts with addresses: 1"
    settings.MAIL_IS_SENT = False
    perform(retire_alert_rule, venue_id=venue.id, rule_id=rule.id, reason="a test")
    assert health.mail() == "rules of alerts with addresses: 0"
