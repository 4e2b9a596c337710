"""/v1/repos over HTTP: drawn, repaid, and seen by whom it concerns."""

from decimal import Decimal

import pytest

from accounts.models import Provider, Repo, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from tests import builders as build
from tests.builders import api_client, perform
from tests.repos import a_cover, a_venue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]

ASKED = {"instrument": "ETH-USD", "amount": "8000", "reference": "drawn", "reason": "edges to pay"}


@pytest.fixture
def venue(travel):
    return a_venue(travel)


@pytest.fixture
def cover(venue):
    return a_cover(venue)


@pytest.fixture
def desk(venue):
    return api_client(build.a_venue_key(venue))


def robot(name: str):
    return api_client(build.a_provider_key(Provider.objects.get(name=name)))


def test_it_is_drawn_and_repaid_and_its_insurers_see_it(cover, desk, travel) -> None:
    for _ in range(2):
        drawn = desk.post(f"/v1/covers/{cover.id}/repos", ASKED)
        assert (drawn.status_code, drawn.json()["pledged"], drawn.json()["left"]) == (201, "50", "8000"), drawn.json()
    address = f"/v1/repos/{drawn.json()['id']}"
    assert desk.get(f"/v1/covers/{cover.id}").json()["drawn"] == "8000"
    travel(days=5)
    assert robot("Ines").get(address).json()["interest"] == "10.958904"
    said = {"amount": "1010.958904", "reference": "back", "reason": "not needed"}
    for _ in range(2):
        repaid = desk.post(f"{address}/repayments", said)
        assert (repaid.status_code, repaid.json()["left"], repaid.json()["interest"]) == (201, "7000", "0")
    (row,) = robot("Jan").get(address).json()["repayments"]
    assert (row["principal"], row["interest"], row["paid_by"]) == ("1000", "10.958904", "FUND")
    assert [row["id"] for row in desk.get("/v1/repos?state=OPEN").json()["data"]] == [drawn.json()["id"]]


def test_what_is_too_much_is_refused_with_what_is_left(cover, desk) -> None:
    refused = desk.post(f"/v1/covers/{cover.id}/repos", {**ASKED, "amount": "10000.01"})
    assert (refused.status_code, refused.json()["code"]) == (422, "repo_refused")
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], "10000" in fault["message"]) == ("/amount", True)
    assert not Repo.objects.exists()


def test_who_does_not_insure_it_sees_none(venue, cover, desk) -> None:
    repo_id = desk.post(f"/v1/covers/{cover.id}/repos", ASKED).json()["id"]
    build.a_provider(venue, "Olaf")
    stranger = robot("Olaf")
    assert stranger.get("/v1/repos").json()["data"] == []
    assert stranger.get(f"/v1/repos/{repo_id}").json()["code"] == "repo_unknown"
    assert stranger.post(f"/v1/covers/{cover.id}/repos", ASKED).status_code == 403


def test_another_venue_draws_nothing_of_it(cover) -> None:
    other = api_client(build.a_venue_key(build.a_venue()))
    assert other.post(f"/v1/covers/{cover.id}/repos", ASKED).json()["code"] == "cover_unknown"


def test_money_that_leaves_needs_two_persons_where_the_venue_says_so(venue, cover, desk) -> None:
    address = f"/v1/repos/{desk.post(f'/v1/covers/{cover.id}/repos', ASKED).json()['id']}"
    User.objects.create(username="olivia")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="a test")
    asked = olivia.post(f"/v1/covers/{cover.id}/repos", {**ASKED, "amount": "1", "reference": "more"})
    assert (asked.status_code, asked.json()["approval"]["operation"]) == (202, "draw_repo")
    said = {"amount": "1", "reference": "back", "reason": "not needed"}
    asked = olivia.post(f"{address}/repayments", said)
    assert (asked.status_code, asked.json()["approval"]["operation"]) == (202, "repay_repo")
    assert desk.get(address).json()["left"] == "8000"
