"""Books over HTTP: taken in once and whole or not at all, and shown to their venue alone."""

from decimal import Decimal

import pytest

from accounts.models import Account
from auctions.models import Book
from backstop.models import Event, Instrument
from tests import market
from tests.builders import (
    LINEAR,
    SPOT,
    a_cap,
    a_commitment,
    a_mark,
    a_playbook,
    a_provider,
    a_provider_key,
    a_venue,
    a_venue_key,
    an_asset,
    an_instrument,
    api_client,
)

pytestmark = pytest.mark.django_db

POSITION = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "2", "entry_price": "21000"}
BOOK = {"reference": "r1", "account": "acc-9", "cash": "3000", "positions": [POSITION]}


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[str]:
    stages: list[str] = []
    monkeypatch.setattr("auctions.api.books.wake", stages.append)
    return stages


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = a_venue(fund="100000")
    an_instrument(venue, "BTC-PERP", price="20000")
    a_playbook(venue, fund_draw_limit="5000", cover_percent=0, min_groups=1)
    return venue


@pytest.fixture
def client(venue):
    return api_client(a_venue_key(venue))


def faults(response) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in response.json()["errors"]}


def test_a_book_is_taken_in_once_and_wakes_the_routing(client, woken) -> None:
    first = client.post("/v1/books", BOOK)
    assert (first.status_code, first.json()["state"], first.json()["equity"]) == (201, "RECEIVED", "1000")
    assert woken == ["route_books"]
    again = client.post("/v1/books", {**BOOK, "cash": "3000.00"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert Book.objects.count() == 1


def test_several_books_are_answered_in_their_order(client) -> None:
    sent = [{**BOOK, "reference": reference} for reference in "cab"]
    response = client.post("/v1/books", {"books": sent})
    assert response.status_code == 201
    assert [book["reference"] for book in response.json()["books"]] == ["c", "a", "b"]


def test_an_idempotency_key_gets_the_same_book(client) -> None:
    first, second = (client.post("/v1/books", BOOK, headers={"Idempotency-Key": "k"}).json() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("changed", "status", "fault"),
    [
        ({"instrument": "DOGE"}, 422, {"/positions/0/instrument": "instrument_unknown"}),
        ({"instrument": "OLD"}, 422, {"/positions/0/instrument": "mark_stale"}),
        ({"instrument": "NEW"}, 422, {"/positions/0/instrument": "mark_missing"}),
        ({"quantity": "0"}, 422, {"/positions/0/quantity": "not_positive"}),
        ({"quantity": "-1"}, 422, {"/positions/0/quantity": "not_positive"}),
        ({"quantity": 1.5}, 422, {"/positions/0/quantity": "decimal_not_text"}),
        ({"quantity": 1}, 422, {"/positions/0/quantity": "decimal_not_text"}),
        ({"quantity": "0.0005"}, 422, {"/positions/0/quantity": "quantity_off_step"}),
        ({"quantity": "0." + "1" * 19}, 422, {"/positions/0/quantity": "decimal_refused"}),
        ({"side": "UP"}, 422, {"/positions/0/side": "invalid_choice"}),
        ({"entry_price": None}, 422, {"/positions/0/entry_price": "entry_price_mismatch"}),
        ({"price": "1"}, 422, {"/positions/0/price": "field_unknown"}),
    ],
)
def test_a_position_that_cannot_be_taken_in_is_named_and_nothing_is_written(
    client, venue, travel, changed, status, fault
) -> None:
    an_instrument(venue, "OLD", price="1")
    travel(hours=1)
    an_instrument(venue, "NEW")
    a_mark(Instrument.objects.get(venue=venue, symbol="BTC-PERP"), "20000")
    before = (Account.objects.count(), Event.objects.count())
    response = client.post("/v1/books", {**BOOK, "positions": [{**POSITION, **changed}]})
    assert (response.status_code, faults(response)) == (status, fault)
    assert not Book.objects.exists()
    assert (Account.objects.count(), Event.objects.count()) == before


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"cash": 5.5}, {"/cash": "decimal_not_text"}),
        ({"cash": "0.0000001"}, {"": "amount_refused"}),
        ({"positions": []}, {"/positions": "empty"}),
        ({"owner_group": "nobody"}, {"/owner_group": "group_unknown"}),
        ({"reference": ""}, {"/reference": "blank"}),
        ({"books": []}, None),
    ],
)
def test_a_book_that_cannot_be_taken_in_is_refused(client, changed, fault) -> None:
    response = client.post("/v1/books", {**BOOK, **changed})
    assert response.status_code == 422
    assert fault is None or faults(response) == fault
    assert not Book.objects.exists()


def test_a_book_settles_in_one_asset(client, venue) -> None:
    an_instrument(venue, "ETH-PERP", LINEAR, asset=an_asset(venue, "EUR"), price="200")
    response = client.post("/v1/books", {**BOOK, "positions": [POSITION, {**POSITION, "instrument": "ETH-PERP"}]})
    assert (response.status_code, faults(response)) == (422, {"/positions": "settlement_assets_mixed"})
    assert not Book.objects.exists()


def test_spot_is_long_and_has_no_entry_price(client, venue) -> None:
    an_instrument(venue, "ETH-USD", SPOT, price="200")
    response = client.post("/v1/books", {**BOOK, "positions": [{**POSITION, "instrument": "ETH-USD", "side": "SHORT"}]})
    assert faults(response) == {
        "/positions/0/side": "spot_not_long",
        "/positions/0/entry_price": "entry_price_mismatch",
    }


def test_a_reference_with_other_content_is_refused_where_it_stands(client) -> None:
    client.post("/v1/books", BOOK)
    alone = client.post("/v1/books", {**BOOK, "cash": "1"})
    assert (alone.status_code, alone.json()["code"]) == (409, "reference_reused")
    assert faults(alone) == {"/reference": "reference_reused"}
    batch = client.post("/v1/books", {"books": [{**BOOK, "reference": "r2"}, {**BOOK, "cash": "1"}]})
    assert (batch.status_code, faults(batch)) == (409, {"/books/1/reference": "reference_reused"})
    assert Book.objects.count() == 1


def test_one_bad_book_keeps_the_batch_out(client, woken) -> None:
    bad = {**BOOK, "reference": "r2", "positions": [{**POSITION, "instrument": "DOGE"}]}
    response = client.post("/v1/books", {"books": [BOOK, bad]})
    assert (response.status_code, faults(response)) == (422, {"/books/1/positions/0/instrument": "instrument_unknown"})
    assert not Book.objects.exists()
    assert woken == []


def test_more_than_a_thousand_books_are_refused(client) -> None:
    response = client.post("/v1/books", {"books": [{**BOOK, "reference": f"r{n}"} for n in range(1001)]})
    assert (response.status_code, faults(response)) == (422, {"/books": "max_length"})


def test_a_venue_without_a_playbook_is_told_so() -> None:
    venue = a_venue()
    an_instrument(venue, "BTC-PERP", price="20000")
    response = api_client(a_venue_key(venue)).post("/v1/books", BOOK)
    assert (response.status_code, response.json()["code"]) == (409, "playbook_missing")


def test_a_book_shows_its_lots_steps_awards_and_money(client, venue) -> None:
    alice = a_provider(venue)
    a_commitment(alice, min_edge_bps="40")
    book_id = client.post("/v1/books", BOOK).json()["id"]
    market.sweep()
    book = client.get(f"/v1/books/{book_id}").json()
    (lot,), (position,) = book["lots"], book["positions"]
    (step,) = lot["steps"]
    (award,) = step["awards"]
    assert (book["state"], book["reference"], book["account"]) == ("CLOSED", "r1", "acc-9")
    assert (position["lot"], position["mark_price"], lot["product_group"]) == (0, "20000", "PERPS")
    assert (step["kind"], step["units_in"], step["units_placed"]) == ("ASSIGN", 100, 100)
    assert (award["provider"], award["units"], award["settlement"]["state"]) == ("Alice", 100, "SETTLED")
    # 3000 cash - 2000 loss - 0.4 % of 40,000 - fee of 0.5 %
    assert (award["equity_part"], book["fee"], book["residual"]) == ("160", "200", "640")
    assert Decimal(lot["budget"]["fund"]) >= 0


def test_a_book_says_that_a_step_is_queued_and_why(client, venue) -> None:
    a_cap(venue, "0")
    id = client.post("/v1/books", BOOK, format="json").json()["id"]
    market.sweep()
    (lot,) = client.get(f"/v1/books/{id}").json()["lots"]
    step = lot["steps"][-1]
    assert (step["kind"], step["state"], step["auction_id"]) == ("SEALED", "READY", None)
    assert step["queued_at"] < step["due_at"]
    assert step["waits_for"] == {"product_group": None, "limit": "0", "outstanding": "0"}


def test_books_are_found_by_state_account_and_reference(client) -> None:
    client.post("/v1/books", {"books": [{**BOOK, "reference": n, "account": f"acc-{n}"} for n in "ab"]})
    for query, found in (("reference=a", ["a"]), ("account=acc-b", ["b"]), ("state=CLOSED", [])):
        assert [book["reference"] for book in client.get(f"/v1/books?{query}").json()["data"]] == found


def test_another_venues_book_does_not_exist(client) -> None:
    book_id = client.post("/v1/books", BOOK).json()["id"]
    other = api_client(a_venue_key(a_venue()))
    response = other.get(f"/v1/books/{book_id}")
    assert (response.status_code, response.json()["code"]) == (404, "book_unknown")
    assert other.get("/v1/books").json()["data"] == []


def test_a_provider_sees_no_books(client, venue) -> None:
    response = api_client(a_provider_key(a_provider(venue))).get("/v1/books")
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


def test_books_need_a_bounded_number_of_queries(client, django_assert_max_num_queries) -> None:
    for count in (1, 20):
        client.post("/v1/books", {"books": [{**BOOK, "reference": f"{count}-{n}"} for n in range(count)]})
        market.sweep()
        with django_assert_max_num_queries(3):
            assert len(client.get("/v1/books").json()["data"]) >= count
    book = Book.objects.first()
    with django_assert_max_num_queries(8):
        client.get(f"/v1/books/{book.id}")


AMENDED = {**BOOK, "cash": "4000", "expected_version": 1}


def test_a_book_is_amended_over_http(client, venue, woken) -> None:
    book_id = client.post("/v1/books", BOOK).json()["id"]
    market.sweep()
    first = client.put(f"/v1/books/{book_id}", AMENDED)
    assert (first.status_code, first.json()["version"], first.json()["state"]) == (200, 2, "AMENDED")
    assert woken[-1] == "route_books"
    assert client.put(f"/v1/books/{book_id}", AMENDED).json() == first.json()
    stale = client.put(f"/v1/books/{book_id}", {**AMENDED, "cash": "1"})
    assert (stale.status_code, stale.json()["code"]) == (409, "book_version_changed")
    detail = client.get(f"/v1/books/{book_id}").json()
    assert [line["book_version"] for line in detail["positions"] + detail["earlier_positions"]] == [2, 1]
    assert (detail["lots"], detail["equity"], detail["cure_ends_at"]) == ([], "2000", detail["received_at"])


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"expected_version": 0}, "/expected_version"),
        ({"expected_version": "1"}, "/expected_version"),
        ({"expected_version": 10**30}, "/expected_version"),
        ({"expected_version": 7}, None),
        ({"reference": "r2"}, "/reference"),
        ({"positions": []}, "/positions"),
        ({"positions": [{**POSITION, "instrument": "DOGE"}]}, "/positions/0/instrument"),
        ({"cash": "1e9"}, "/cash"),
        ({"target_margin_ratio": "0"}, "/target_margin_ratio"),
        ({"target_margin_ratio": 1}, "/target_margin_ratio"),
        ({"state": "CLOSED"}, "/state"),
    ],
)
def test_a_bad_amendment_names_what_is_wrong(client, changed, fault) -> None:
    book_id = client.post("/v1/books", BOOK).json()["id"]
    response = client.put(f"/v1/books/{book_id}", {**AMENDED, **changed})
    assert response.status_code == (422 if fault else 409), response.json()
    assert fault is None or fault in faults(response)
    assert Book.objects.get().version == 1


def test_a_book_is_withdrawn_over_http(client) -> None:
    book_id = client.post("/v1/books", BOOK).json()["id"]
    for reason in ({}, {"reason": ""}, {"reason": " "}, {"reason": "x" * 501}, {"reason": 1}):
        assert client.post(f"/v1/books/{book_id}/withdraw", reason).status_code == 422
    first = client.post(f"/v1/books/{book_id}/withdraw", {"reason": "repaid"})
    assert (first.status_code, first.json()["state"], first.json()["withdrawal_reason"]) == (200, "WITHDRAWN", "repaid")
    assert client.post(f"/v1/books/{book_id}/withdraw", {"reason": "repaid"}).json() == first.json()
    again = client.put(f"/v1/books/{book_id}", AMENDED)
    assert (again.status_code, again.json()["code"]) == (409, "book_withdrawn")


def test_another_venues_book_is_unknown(client) -> None:
    book_id = client.post("/v1/books", BOOK).json()["id"]
    stranger = api_client(a_venue_key(a_venue()))
    assert stranger.put(f"/v1/books/{book_id}", AMENDED).json()["code"] == "book_unknown"
    assert stranger.post(f"/v1/books/{book_id}/withdraw", {"reason": "mine"}).json()["code"] == "book_unknown"


def test_what_an_account_keeps_is_shown(client) -> None:
    shown = client.post("/v1/books", {**BOOK, "cash": "5000", "target_margin_ratio": "1"}).json()
    assert (shown["notional"], shown["cash"], shown["target_margin_ratio"]) == ("11120", "667.2", "1")
    assert (shown["kept"]["cash"], shown["kept"]["equity"]) == ("4332.8", "2888.8")
    assert [line["quantity"] for line in shown["kept"]["positions"]] == ["1.444"]
    assert client.post("/v1/books", {**BOOK, "reference": "r2"}).json()["kept"] is None


def test_books_that_differ_in_the_last_of_33_digits_are_not_the_same(venue, client):
    asset = an_asset(venue, "WEI", scale=18)
    an_instrument(venue, "WEI-PERP", price="1", asset=asset)

    def sent(last):
        position = {"instrument": "WEI-PERP", "side": "LONG", "quantity": "1", "entry_price": "1"}
        cash = f"123456789012345.00000000000000000{last}"
        return client.post("/v1/books", {"reference": "wei", "cash": cash, "positions": [position]}, format="json")

    first, other = sent(1), sent(2)
    assert (first.status_code, other.status_code) == (201, 409)
    assert other.json()["code"] == "reference_reused"
    assert first.json()["cash"] == "123456789012345.000000000000000001"
