"""The postman and a real mail server: one that takes mail, refuses it, hangs, breaks off, or is not there at all."""

import os
import signal
import threading
import time
from unittest.mock import Mock

import pytest
from django.db import connections

from auctions import clock_rounds
from auctions import postman as postman_of_alerts
from auctions.models import Alert, AlertMail, AlertRule, Auction
from auctions.operations.mail.lease_mails import LEASED, lease_mails
from auctions.postman import IDLE_SECONDS, Postman
from backstop import clock
from backstop.models import Venue
from tests import market
from tests.alerts import a_rule, raised, trip, watch
from tests.builders import perform
from tests.mail_server import mail_server

pytestmark = pytest.mark.django_db

NOT_TAKEN = "the mail server cannot be reached, did not answer in time, or did not take it"
TO = ["olivia@venue.example", "risk@venue.example"]


@pytest.fixture
def server(settings):
    with mail_server(settings) as server:
        yield server


@pytest.fixture
def venue(travel) -> Venue:
    return market.a_market(travel)


def go_round(postman: Postman) -> None:
    """Until there is nothing to do."""
    ends_at = time.monotonic() + 30
    while postman.go_round() != IDLE_SECONDS:
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_each_address_gets_one_mail_for_one_alert(venue, travel, server):
    raised(venue, travel, mail_to=TO)
    for _ in range(3):
        go_round(Postman())
    assert sorted(to for to, _ in server.received) == [[address] for address in TO]
    (_, mail), _ = server.received
    text = "breakers in force: 1 (the rule: breakers in force: 1 or more for 1 minute)"
    assert " ".join(mail["Subject"].split()) == f"{venue.name}: {text}"
    assert mail["From"] == "backstop@localhost"
    assert text in mail.get_payload()
    assert set(AlertMail.objects.values_list("due_at", "attempts", "problem")) == {(None, 1, "")}


def test_an_address_that_is_refused_is_told_on_the_alerts_page_and_the_others_get_theirs(venue, travel, server):
    server.refuses.add(TO[0])
    alert = raised(venue, travel, mail_to=TO)
    go_round(Postman())
    assert [to for to, _ in server.received] == [TO[1:]]
    refused, taken = alert.mails.order_by("address")
    assert refused.problem == "the mail server does not take mail for this address"
    assert refused.due_at is not None
    assert taken.delivered_at is not None
    server.refuses.clear()
    travel.to(refused.due_at)
    go_round(Postman())
    assert [to for to, _ in server.received] == [TO[1:], TO[:1]]


def test_a_server_that_is_away_is_asked_again_later(venue, travel, settings):
    with mail_server(settings):
        pass  # its port is nobody's any more
    alert = raised(venue, travel, mail_to=TO[:1])
    go_round(Postman())
    mail = alert.mails.get()
    assert mail.problem == NOT_TAKEN
    with mail_server(settings) as server:
        go_round(Postman())
        assert server.received == []
        travel.to(mail.due_at)
        go_round(Postman())
        assert [to for to, _ in server.received] == [TO[:1]]


def test_a_server_that_hangs_is_given_up_in_time_and_keeps_no_round_waiting(venue, travel, server, settings):
    settings.EMAIL_TIMEOUT = 1
    server.silent = True
    alert, postman = raised(venue, travel, mail_to=TO[:1]), Postman()
    began = time.monotonic()
    postman.go_round()
    postman.go_round()
    assert time.monotonic() - began < 0.5
    go_round(postman)
    assert alert.mails.get().problem == NOT_TAKEN


def test_a_mail_that_the_server_broke_off_after_is_the_same_when_it_comes_again(venue, travel, server):
    server.breaks = True
    alert = raised(venue, travel, mail_to=TO[:1])
    go_round(Postman())
    server.breaks = False
    travel.to(alert.mails.get().due_at)
    go_round(Postman())
    first, second = (mail["Message-ID"] for _, mail in server.received)
    assert first == second
    assert alert.mails.get().delivered_at is not None


def test_a_venues_name_forges_no_header(venue, travel, server):
    Venue.objects.filter(id=venue.id).update(name="North\r\nBcc: mallory@evil.example\r\n\r\nHello")
    raised(venue, travel, mail_to=TO[:1])
    go_round(Postman())
    ((to, mail),) = server.received
    assert to == TO[:1]
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("North Bcc: mallory@evil.example Hello: ")


def test_what_somebody_took_and_was_never_heard_of_again_is_sent_by_others(venue, travel, server):
    raised(venue, travel, mail_to=TO[:1])
    assert len(perform(lease_mails)) == 1
    go_round(Postman())
    assert server.received == []
    travel(seconds=LEASED.total_seconds())
    go_round(Postman())
    assert [to for to, _ in server.received] == [TO[:1]]


def test_what_was_not_begun_in_time_is_not_sent_beside_whoever_is_handed_it_next(
    venue, travel, server, settings, monkeypatch
):
    settings.EMAIL_TIMEOUT = 1
    server.silent = True
    monkeypatch.setattr(postman_of_alerts, "BEGUN_SECONDS", 0.5)
    raised(venue, travel, mail_to=TO)
    go_round(Postman())
    assert sorted(AlertMail.objects.values_list("attempts", flat=True)) == [0, 1]
    server.silent = False
    server.freed.set()
    travel(seconds=LEASED.total_seconds())
    go_round(Postman())
    assert sorted(to for to, _ in server.received) == [[address] for address in TO]


def test_without_a_mail_server_nothing_counts_as_taken(venue, travel, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.MAIL_IS_SENT = False
    alert = raised(venue, travel, mail_to=TO[:1])
    go_round(Postman())
    mail = alert.mails.get()
    assert (mail.problem, mail.delivered_at) == ("no mail server is named (EMAIL_URL)", None)
    assert mail.due_at is not None
    assert TO[0] not in capsys.readouterr().out


def test_the_market_goes_on_while_mail_hangs(venue, travel, server, settings):
    settings.EMAIL_TIMEOUT = 5
    server.silent = True
    market.a_playbook(venue)
    auction = market.an_auction(venue)
    raised(venue, travel, mail_to=TO)
    postman, courier = Postman(), Mock()
    courier.go_round.return_value = 0.5
    began = time.monotonic()
    clock_rounds._deliver(courier, postman, Mock())
    market.sweep()
    assert courier.go_round.called
    assert time.monotonic() - began < 4
    assert Auction.objects.get(id=auction.id).state != "OPEN"


@pytest.mark.django_db(transaction=True)
def test_who_is_killed_once_an_alert_is_stored_keeps_no_mail_back(settings):
    venue = market.a_market()
    a_rule(venue, mail_to=TO[:1])
    trip(venue)
    watch()
    AlertRule.objects.update(holds_since=clock.now().replace(year=2020), look_at=clock.now())
    connections.close_all()
    if (child := os.fork()) == 0:
        try:
            watch()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert Alert.objects.count() == 1
    with mail_server(settings) as server:
        go_round(Postman())
        assert [to for to, _ in server.received] == [TO[:1]]


@pytest.mark.django_db(transaction=True)
def test_of_two_postmen_at_once_one_sends_it(settings):
    venue = market.a_market()
    rule = a_rule(venue)
    alert = Alert.of(rule, rule.threshold, rule.created_at)
    Alert.objects.bulk_create([alert])
    AlertMail.objects.bulk_create([AlertMail(alert=alert, address=each, due_at=rule.created_at) for each in TO])

    def work() -> None:
        try:
            go_round(Postman())
        finally:
            connections.close_all()

    with mail_server(settings) as server:
        both = [threading.Thread(target=work) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert sorted(to for to, _ in server.received) == [[address] for address in TO]
