"""Alerts on the board: a line of the banner until somebody has seen it, a row until it has ended, one click between."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.rules.roles import Role
from auctions.models import Alert, AlertRule
from backstop import clock
from backstop.models import Event, Venue
from tests import builders as build
from tests import market
from tests.alerts import WHY, a_rule, raised, reset, watch
from tests.board.test_board import page_of
from tests.people import client_of, send, signed_in

pytestmark = pytest.mark.django_db
TEXT = "breakers in force: 1 (the rule: breakers in force: 1 or more for 1 minute)"


@pytest.fixture
def venue(travel) -> Venue:
    return market.a_market(travel)


def link_to(alert: Alert) -> str:
    return f"{reverse('admin:auctions_alert_acknowledge')}?id={alert.id}"


def test_what_is_raised_is_told_on_every_page_and_what_has_ended_on_none(venue, travel):
    alert, client = raised(venue, travel), client_of(Role.OPERATOR, venue)
    for address in ("/board/", "/admin/", "/admin/auctions/book/"):
        page = client.get(address).content.decode()
        assert f'<a href="{link_to(alert)}">Alert: {TEXT}</a>' in page, address
    reset()
    travel(seconds=10)
    watch()
    for address in ("/board/", "/admin/"):
        assert TEXT not in client.get(address).content.decode()


def test_somebody_acknowledges_it_from_there_by_name_and_for_a_reason(venue, travel):
    alert, client = raised(venue, travel), client_of(Role.OPERATOR, venue)
    assert page_of(client).count(link_to(alert)) == 2, "from the banner, and from its row"
    assert client.post(link_to(alert), {"reason": WHY}).status_code == 302
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_for) == (f"user:operator-{venue.code}", WHY)
    page = page_of(client)
    assert f"user:operator-{venue.code}" in page
    assert link_to(alert) not in page
    assert f"Alert: {TEXT}" not in client.get("/admin/").content.decode()
    again = client.post(link_to(alert), {"reason": WHY}).content.decode()
    assert "was acknowledged by user:operator-" in again


def test_its_page_has_its_history(venue, travel):
    alert, client = raised(venue, travel, mail_to=["risk@venue.example"]), client_of(Role.OPERATOR, venue)
    client.post(link_to(alert), {"reason": "the feed is being restarted"})
    history = client.get(reverse("admin:auctions_alert_history", args=[alert.id])).content.decode()
    for said in ("alert raised", "alert acknowledged", "the feed is being restarted", f"user:operator-{venue.code}"):
        assert said in history
    page = client.get(reverse("admin:auctions_alert_change", args=[alert.id])).content.decode()
    assert "risk@venue.example" in page
    rule = client.get(reverse("admin:auctions_alertrule_change", args=[alert.rule_id])).content.decode()
    assert "What it raised" in rule


def test_an_auditor_sees_it_and_is_offered_nothing(venue, travel):
    alert, client = raised(venue, travel), client_of(Role.AUDITOR, venue)
    page = page_of(client)
    assert TEXT in page
    assert "nobody yet" in page
    shown = reverse("admin:auctions_alert_change", args=[alert.id])
    assert f'<a href="{shown}">Alert: {TEXT}</a>' in client.get("/admin/").content.decode()
    assert client.get(shown).status_code == 200
    assert client.post(link_to(alert), {"reason": WHY}).status_code == 403


def test_another_venue_sees_nothing_and_acknowledges_nothing(venue, travel):
    alert, elsewhere = raised(venue, travel), client_of(Role.OPERATOR, build.a_venue("elsewhere"))
    assert TEXT not in page_of(elsewhere)
    assert TEXT not in elsewhere.get("/admin/").content.decode()
    elsewhere.post(link_to(alert), {"reason": WHY})
    alert.refresh_from_db()
    assert alert.state == "RAISED"


def test_a_rule_is_added_on_a_venues_page_changed_and_retired(venue):
    client = client_of(Role.RISK_OFFICER, venue)
    sent = {"condition": "LOSSES_OWED", "asset": venue.assets.get().pk, "threshold": "1000", "minutes": "5"}
    sent |= {"mail_to": "olivia@venue.example risk@venue.example", "reason": WHY}
    answer = send(client, f"{reverse('admin:backstop_venue_alert_rule')}?id={venue.pk}", sent, follow=True)
    assert "Add a rule of alerts" in answer.content.decode()
    rule = AlertRule.objects.get()
    assert str(rule) == "losses that nobody has paid yet: 1000 USD or more for 5 minutes"
    page = client.get(reverse("admin:auctions_alertrule_change", args=[rule.pk])).content.decode()
    assert "olivia@venue.example" in page
    sent["threshold"] = "2000"
    send(client, f"/admin/auctions/alertrule/do/change/?id={rule.pk}", sent)
    assert AlertRule.objects.get(retired_at=None).threshold == 2000
    newest = AlertRule.objects.get(retired_at=None)
    client.post(f"{reverse('admin:auctions_alertrule_retire')}?id={newest.pk}", {"reason": WHY})
    assert not AlertRule.objects.filter(retired_at=None).exists()
    kinds = Event.objects.filter(kind__startswith="alert_rule").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["alert_rule_added", "alert_rule_retired", "alert_rule_added", "alert_rule_retired"]


def test_a_hostile_address_is_refused_on_the_page(venue):
    client = client_of(Role.RISK_OFFICER, venue)
    sent = {"condition": "BREAKERS", "threshold": "1", "minutes": "5", "reason": WHY, "mail_to": "<b>@evil"}
    answer = send(client, f"{reverse('admin:backstop_venue_alert_rule')}?id={venue.pk}", sent, follow=True)
    assert "one plain e-mail address" in answer.content.decode()
    assert not AlertRule.objects.exists()


def test_more_than_five_are_counted(venue, travel, django_assert_num_queries):
    alert = raised(venue, travel)
    client = client_of(Role.OPERATOR, venue)
    with CaptureQueriesContext(connection) as few:
        page_of(client)
    for _ in range(5):
        Alert.objects.bulk_create([Alert.of(a_rule(venue), alert.value, clock.now())])
    with django_assert_num_queries(len(few)):
        page = page_of(client)
    assert page.count("Alert: ") == 5
    assert "More alerts are raised." in page


def test_the_banner_asks_one_thing_where_all_is_calm_and_six_at_the_most(venue, travel):
    client = signed_in(User.objects.create_superuser("operator"))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/password_change/")
        return len(queries)

    asked()
    calm = asked()
    market.a_playbook(venue)
    market.an_auction(venue)
    raised(venue, travel)
    market.sweep("close_auctions")
    assert asked() == calm + 5
