"""The statement for the owner of a liquidated account: all that happened to its book, adding up, and nobody's name."""

import json
from decimal import Decimal

import pytest

from auctions.models import Auction, Award
from tests import builders as build
from tests import invariants, market
from tests.builders import a_provider_key, a_venue_key, api_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel, coins=True)


@pytest.fixture
def client(venue):
    return api_client(a_venue_key(venue))


def statement(client, book):
    answer = client.get(f"/v1/books/{book.id}/statement")
    assert answer.status_code == 200
    return answer.json()


def sums(said, column="estate"):
    return {each["purpose"]: each[column] for each in said["sums"]}


def test_it_tells_each_sale_with_its_marks_and_adds_up_to_what_is_left(venue, client, travel):
    market.a_hasty_playbook(venue, sealed_seconds=10, liquidation_fee_bps="50")
    alice = market.a_bidder(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="6000")
    market.sweep("route_books", "assign_lots", "pass_lots_on", "open_auctions")
    build.a_mark(venue.instruments.get(symbol="BTC-PERP"), "19900")
    market.place(alice, market.order(Auction.objects.get(), units=60, edge="100"))
    said = statement(client, book)
    assert said["provisional"] is True
    assert (said["residual"], said["in_estate"]) == ("4000", "4000")
    assert said["drift"] == {"sold": "0", "waiting": "-200"}
    travel(seconds=10)
    market.run_out(book, travel)
    said = statement(client, book)
    book.refresh_from_db()
    assert (said["provisional"], Decimal(said["residual"])) == (False, book.residual)
    assert said["drift"] == {"sold": "-200", "waiting": "0"}
    # 60 units at 100 bps of 23,880, the fund 40 at 500 bps of 15,920, and 0.5 % of 39,800
    assert sums(said) == {
        "INTAKE": "4000",
        "MARK_CHANGE": "-200",
        "SHORTFALL": "200",  # what the estate holds is held for other edges, until they are paid
        "EDGE": "-238.8",
        "FUND_EDGE": "-796",
        "DEBT_REPAID": "-200",
        "FEE": "-199",
        "RESIDUAL": "-2566.2",
    }
    assert (said["edges"], said["fee"], said["residual"], said["in_estate"]) == ("1034.8", "199", "2566.2", "0")
    sealed = next(step for step in said["lots"][0]["steps"] if step["kind"] == "SEALED")
    (sale,) = sealed["sales"]
    assert (sealed["units_in"], sealed["units_placed"]) == (100, 60)
    assert (sale["beneficiary"], sale["edge"], sale["drift"]) == ("PROVIDER", "238.8", "-120")
    assert sale["legs"] == [
        {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1.2", "intake_mark": "20000", "mark": "19900"}
    ]
    assert said["fund"]["units_taken"] == 40
    assert {each["sale_id"] for each in said["movements"]} == {None, *(str(award.id) for award in Award.objects.all())}
    invariants.everything_ended()


def test_it_says_what_was_lacking_and_who_bore_it(venue, client):
    market.a_frugal_playbook(venue)
    market.committed(venue)
    book = market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "22000"), cash="500"))
    said = statement(client, book)
    assert said["debts"] == {
        "lacked": "1500",
        "repaid": "0",
        "paid_by_layers": "0",
        "covered_by_fund": "800",
        "lost": "700",
        "owed": "0",
    }
    assert said["fund"]["advanced"] == "200"
    assert (said["residual"], said["fee"]) == ("0", "0")
    assert sums(said, "debt") == {
        "INTAKE": "-1500",
        "ADVANCE": "0",
        "EDGE": "0",
        "DEBT_COVERED": "800",
        "DEBT_LOST": "700",
    }


def test_a_book_that_was_amended_and_withdrawn_left_nothing(venue, client):
    market.a_playbook(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "22000"), cash="500")
    market.amend(book)
    market.withdraw(book)
    said = statement(client, book)
    assert (said["state"], said["provisional"], said["residual"]) == ("WITHDRAWN", False, "0")
    assert len(said["movements"]) == 4
    assert said["debts"]["lacked"] == "0"


def test_drift_of_what_waits_is_unknown_without_a_mark(venue, client, travel):
    market.a_playbook(venue)
    book = market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    build.a_mark(venue.instruments.get(symbol="ETH-USD"), "201.5")
    assert statement(client, book)["drift"]["waiting"] == "150"
    travel(seconds=61)
    assert statement(client, book)["drift"]["waiting"] is None


def test_it_names_no_provider_and_none_may_read_it(venue, client):
    market.a_frugal_playbook(venue)
    alice = market.committed(venue, name="Alice the Great")
    book = market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="2000"))
    text = json.dumps(statement(client, book))
    assert not [each for each in (alice.name, str(alice.id), str(alice.group_id)) if each in text]
    key = api_client(a_provider_key(alice))
    answers = [key.get(f"/v1/books/{each}/statement") for each in (book.id, alice.id)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, answers[0].json()["code"])}


def test_another_venues_book_has_none(client):
    elsewhere = market.a_market()
    market.a_playbook(elsewhere)
    book = market.a_book(elsewhere, market.position("BTC-PERP", "LONG", "1", "20000"))
    answer = client.get(f"/v1/books/{book.id}/statement")
    assert (answer.status_code, answer.json()["code"]) == (404, "book_unknown")
