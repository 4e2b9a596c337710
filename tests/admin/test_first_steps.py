"""First steps: the page says how far a venue is on the way that docs/operating.md leads, and says it of no other."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.rules.keys import VENUE_SCOPES
from accounts.rules.roles import ProviderRole, Role
from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from auctions.admin.first_steps import SILENT_AFTER
from auctions.models import Program, Round
from auctions.queries.first_steps import list_first_steps
from backstop import clock
from backstop.models import Venue
from tests import builders as build
from tests.admin.test_provider_roles import member_of
from tests.elsewhere import HOUSE
from tests.people import client_of

pytestmark = pytest.mark.django_db

GUIDE = (HOUSE / "docs" / "operating.md").read_text()
NUMBERED = re.findall(r"\*\*(\d+)\. ([^*]+?)\.?\*\*", GUIDE)
TITLES = [title for _, title in NUMBERED]


def page_of(venue: Venue) -> str:
    return reverse("admin:first_steps", args=[venue.pk])


def done(client: Client, venue: Venue) -> list[str]:
    (panel,) = client.get(page_of(venue)).context["panels"]
    found = [row[1] for row in panel.rows if row[2] == "yes"]
    assert panel.title == f"{len(found)} of 14 are done"
    return found


def test_they_are_the_fourteen_of_the_document(client, venue):
    (panel,) = client.get(page_of(venue)).context["panels"]
    assert [row[1] for row in panel.rows] == TITLES
    assert [int(number) for number, _ in NUMBERED] == list(range(1, 15))


def test_a_venue_that_has_nothing_has_all_of_them_before_it_but_who_looks_at_it(client):
    assert done(client, build.a_venue("south")) == ["People sign in"]


def test_each_is_done_once_its_rows_are_there(client, decided, people):
    venue, now = decided.venue, clock.now()
    missing = ["The programs run", "A loss plan says who pays", "Two persons decide", "The venue has a key"]
    assert [title for title in TITLES if title not in done(client, venue)] == missing
    Round.objects.create(stage="flow", program=Program.CLOCK, process="one", ended_at=now)
    build.perform(issue_key, venue=venue, scopes=VENUE_SCOPES)
    plan = [PlannedLayer(LayerKind.FIRST_TRANCHE), PlannedLayer(LayerKind.FUND)]
    build.perform(set_loss_plan, venue_id=venue.id, layers=plan, reason="a test")
    build.perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="a test")
    assert done(client, venue) == TITLES


def test_programs_run_until_they_are_silent_for_ten_seconds_and_for_their_venues_alone(venue, travel):
    now = travel.freeze()

    def run(**said) -> bool:
        Round.objects.all().delete()
        Round.objects.create(stage="flow", program=Program.CLOCK, process="one", **said)
        return list_first_steps(venue, now, now - SILENT_AFTER)[0].is_done

    assert run(ended_at=now - timedelta(seconds=10))
    assert not run(ended_at=now - timedelta(seconds=10, microseconds=1))
    assert run(ended_at=now, venues=[venue.code])
    assert not run(ended_at=now, venues=["south"])


def test_marks_are_fresh_where_all_of_them_are(client, venue, people):
    assert "Marks are fresh" in done(client, venue)
    build.an_instrument(venue, "ETH-PERP")
    assert "Marks are fresh" not in done(client, venue)


def test_related_providers_compete_with_nobody(client, venue, people):
    assert "Providers compete" in done(client, venue)
    people["Alice"].group.related.add(people["Bob"].group)
    assert "Providers compete" not in done(client, venue)


def test_a_key_counts_from_the_instant_on_at_which_it_opens_anything(venue):
    opens_at = clock.now() + timedelta(days=1)
    build.perform(issue_key, venue=venue, scopes=VENUE_SCOPES, not_before=opens_at)

    def has_key(now: datetime) -> bool:
        return "The venue has a key" in [step.name for step in list_first_steps(venue, now, now) if step.is_done]

    assert not has_key(opens_at - timedelta(microseconds=1))
    assert has_key(opens_at)


def test_it_asks_four_questions_however_much_there_is(decided, django_assert_num_queries):
    venue, now = decided.venue, clock.now()
    with django_assert_num_queries(4):
        list_first_steps(venue, now, now)


def test_the_index_and_the_venues_page_lead_to_it_and_it_to_the_lists(client, venue):
    for page in (reverse("admin:index"), reverse("admin:backstop_venue_change", args=[venue.pk])):
        assert page_of(venue) in client.get(page).content.decode()
    links = re.findall(r'href="(/admin/[^"]+/\?[^"]*__id__exact=[^"]+)"', client.get(page_of(venue)).content.decode())
    assert len(links) == 12
    assert [link for link in links if client.get(link).status_code != 200] == []


def test_it_is_for_the_venues_people_alone(people, venue):
    south = build.a_venue("south")
    for role in Role:
        mine = client_of(role, venue)
        assert mine.get(page_of(venue)).status_code == 200
        assert mine.get(page_of(south)).status_code == 404
        index = mine.get(reverse("admin:index")).content.decode()
        assert page_of(venue) in index
        assert page_of(south) not in index
        assert reverse("admin:accounts_user_changelist") not in mine.get(page_of(venue)).content.decode()
    member = member_of(people["Alice"], ProviderRole.ADMIN)
    assert member.get(page_of(venue)).status_code == 403
    assert "First steps" not in member.get(reverse("admin:index")).content.decode()
    assert Client().get(page_of(venue)).status_code == 302


def test_who_shows_no_second_factor_does_not_count_as_who_signs_in(venue):
    User.objects.create_superuser("mallory", password="of the house")
    now = clock.now()
    assert not list_first_steps(venue, now, now)[1].is_done
    client_of(Role.AUDITOR, build.a_venue("south"))
    assert not list_first_steps(venue, now, now)[1].is_done, "works for another venue"
    client_of(Role.AUDITOR, venue)
    assert list_first_steps(venue, now, now)[1].is_done
