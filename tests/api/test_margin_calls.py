"""/v1/margin-calls over HTTP: asked for, paid, repaid, and seen by whom it concerns."""

from decimal import Decimal

import pytest

from accounts.models import MarginCall, Provider, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import api_client, perform
from tests.margin_calls import a_cover

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue)
    return venue


@pytest.fixture
def desk(venue):
    return api_client(build.a_venue_key(venue))


def robot(name: str):
    return api_client(build.a_provider_key(Provider.objects.get(name=name)))


def called(desk, cover) -> str:
    asked = {"account": "a", "amount": "1000", "reference": "called"}
    answer = desk.post(f"/v1/covers/{cover.id}/margin-calls", asked)
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["state"], answer.json()["left"], answer.json()["interest"]) == ("CALLED", "0", "0")
    return str(answer.json()["id"])


def test_it_is_asked_for_paid_and_repaid_and_insurers_see_it(venue, desk, travel) -> None:
    cover = a_cover(venue)
    address = f"/v1/margin-calls/{called(desk, cover)}"
    cured = robot("Ines").post(f"{address}/cure")
    assert (cured.status_code, cured.json()["state"], cured.json()["left"]) == (200, "CURED", "1000")
    late = robot("Jan").post(f"{address}/cure")
    assert (late.status_code, late.json()["code"]) == (409, "margin_call_not_in_state")
    travel(days=10)
    assert robot("Ines").get(address).json()["interest"] == "2.739726"
    said = {"amount": "102.739726", "reference": "back", "reason": "the owner paid"}
    for _ in range(2):
        repaid = desk.post(f"{address}/repayments", said)
        assert (repaid.status_code, repaid.json()["left"], repaid.json()["interest"]) == (201, "900", "0")
    (row,) = desk.get(address).json()["repayments"]
    assert (row["principal"], row["interest"], row["reference"]) == ("100", "2.739726", "back")
    assert [row["id"] for row in desk.get("/v1/margin-calls?state=CURED").json()["data"]] == [str(cured.json()["id"])]


def test_what_one_lent_is_nothing_to_the_others(venue, desk) -> None:
    address = f"/v1/margin-calls/{called(desk, a_cover(venue))}"
    assert [robot(name).get(address).status_code for name in ("Ines", "Jan")] == [200, 200]
    robot("Ines").post(f"{address}/cure")
    assert [robot(name).get(address).status_code for name in ("Ines", "Jan")] == [200, 404]
    assert robot("Jan").get("/v1/margin-calls").json()["data"] == []


def test_who_may_not_answer_it_is_neither_told_nor_shown_it(venue, desk) -> None:
    """The owner's cluster would learn that its account fails, and who is suspended cannot pay."""
    cover = a_cover(venue)
    ines, jan = (Provider.objects.get(name=name) for name in ("Ines", "Jan"))
    owners = build.a_group(venue, "Owners")
    build.relate(owners, ines.group)
    perform(suspend_provider, provider=jan, reason="a test")
    asked = {"account": "a", "group_id": str(owners.id), "amount": "1000", "reference": "called"}
    address = f"/v1/margin-calls/{desk.post(f'/v1/covers/{cover.id}/margin-calls', asked).json()['id']}"
    assert not Event.objects.filter(kind="margin_called").exists()
    assert [robot(name).get(address).status_code for name in ("Ines", "Jan")] == [404, 404]
    assert desk.get(address).json()["account"] == "a"


def test_who_does_not_insure_it_sees_none(venue, desk) -> None:
    call_id = called(desk, a_cover(venue))
    build.a_provider(venue, "Olaf")
    stranger = robot("Olaf")
    assert stranger.get("/v1/margin-calls").json()["data"] == []
    assert stranger.get(f"/v1/margin-calls/{call_id}").status_code == 404
    assert stranger.post(f"/v1/margin-calls/{call_id}/cure").json()["code"] == "margin_call_unknown"
    assert MarginCall.objects.get().cured_by is None


def test_what_would_stop_a_book_needs_two_persons_where_the_venue_says_so(venue) -> None:
    cover = a_cover(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="a")
    User.objects.create(username="olivia")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="a test")
    said = {"account": "a", "amount": "1000", "reference": "called"}
    asked = olivia.post(f"/v1/covers/{cover.id}/margin-calls", said)
    assert (asked.status_code, asked.json()["approval"]["operation"]) == (202, "call_margin")
    assert not MarginCall.objects.exists()


def test_what_came_back_needs_two_persons_where_the_venue_says_so(venue, desk) -> None:
    address = f"/v1/margin-calls/{called(desk, a_cover(venue))}"
    robot("Ines").post(f"{address}/cure")
    User.objects.create(username="olivia")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="a test")
    said = {"amount": "1000", "reference": "back", "reason": "the owner paid"}
    asked = olivia.post(f"{address}/repayments", said)
    assert (asked.status_code, asked.json()["approval"]["operation"]) == (202, "repay_cure")
    assert desk.get(address).json()["left"] == "1000"
