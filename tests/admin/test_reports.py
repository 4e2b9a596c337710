"""The quarterly report on a page: what the command writes, for whoever sees all of the venue."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from accounts.rules.roles import ProviderRole, Role
from tests import builders as build
from tests.admin.test_provider_roles import member_of
from tests.people import client_of

pytestmark = pytest.mark.django_db


def written(*arguments: str) -> str:
    out = StringIO()
    call_command("report", "quarterly", *arguments, stdout=out)
    return out.getvalue()


def test_the_page_shows_and_the_files_hold_what_the_command_writes(client, decided):
    page = reverse("admin:quarterly", args=[decided.venue_id])
    venue = client.get(reverse("admin:backstop_venue_change", args=[decided.venue_id])).content.decode()
    assert page in venue
    html = client.get(page).content.decode()
    told = json.loads(written("--format", "json"))
    for section in told["sections"]:
        assert section["title"] in html
    as_json = client.get(f"{page}?format=json")
    assert json.loads(as_json.content) == told
    assert as_json["Content-Disposition"].startswith('attachment; filename="north-')
    assert client.get(f"{page}?format=markdown").content.decode() == written().rstrip("\n")


def test_a_quarter_is_named_and_one_that_is_none_is_not_found(client, venue):
    page = reverse("admin:quarterly", args=[venue.pk])
    assert "Quarter 2026-Q3" in client.get(f"{page}?quarter=2026-Q3").content.decode()
    for asked in ("quarter=2026-Q5", "quarter=9999-Q4", "quarter=soon", "format=pdf"):
        assert client.get(f"{page}?{asked}").status_code == 404, asked


def test_it_is_for_the_venues_people_alone(people, venue):
    page = reverse("admin:quarterly", args=[venue.pk])
    assert client_of(Role.AUDITOR, venue).get(page).status_code == 200
    assert client_of(Role.AUDITOR, build.a_venue("south")).get(page).status_code == 404
    assert member_of(people["Alice"], ProviderRole.ADMIN).get(page).status_code == 403
