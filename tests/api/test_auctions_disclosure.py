"""What providers are told of a lot that is not shown: the same, word for word, of every lot of its band."""

from decimal import Decimal

import pytest

from auctions.models import Auction
from auctions.operations.venue.withdraw_book import withdraw_book
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db

BID = {"units": 20, "edge_bps": "30", "inverse_edge_bps": "40"}
THEIR_OWN = {"id", "auction_id", "client_bid_id", "commitment_id", "digest", "receipt", "created_at", "request_id"}


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    limits = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000", "mark_max_age_seconds": 3600}
    build.a_playbook(venue, **limits, disclosure="SIZE_BAND")
    return venue


@pytest.fixture
def alice(venue):
    """She has a commitment too, whose firm bid stands in every auction."""
    alice = build.a_provider(venue, "Alice")
    build.a_commitment(alice, min_edge_bps="250", window_capacity="30000", window_seconds=60)
    return alice


@pytest.fixture
def client(alice):
    return build.api_client(build.a_provider_key(alice))


def opened(venue, side, quantity, reference, cash="3000"):
    book = market.a_book(venue, market.position("BTC-PERP", side, quantity, "20000"), reference=reference, cash=cash)
    market.sweep()
    return Auction.objects.get(step__lot__book=book)


def without_names(answer):
    """An answer without what names its rows."""
    if isinstance(answer, list):
        return [without_names(each) for each in answer]
    if isinstance(answer, dict):
        return {name: without_names(value) for name, value in answer.items() if name not in THEIR_OWN}
    return answer


def everything_told(client, auction, name):
    """Every answer that a provider gets about an auction before it is decided."""
    path = f"/v1/auctions/{auction.id}"
    orders = [BID, BID | {"units": 101}, BID | {"units": 0}, BID | {"edge_bps": "-1"}, BID | {"units": 100}]
    orders.append({"units": 1, "edge_bps": "1"})
    answers = [client.get(path), client.get(f"{path}/quote"), client.get(f"{path}/transcript")]
    answers.append(client.post(f"{path}/bids/reconfirm"))
    for number, order in enumerate(orders):
        answers.append(client.post(f"{path}/bids", order | {"client_bid_id": f"{name}-{number}"}, format="json"))
    answers.append(client.post(f"{path}/takes", {"client_bid_id": f"{name}-t", "units": 1}, format="json"))
    answers.append(client.get(f"/v1/awards?auction_id={auction.id}"))
    for max_units in (20, 60, 100):
        bids = client.get(f"/v1/bids?auction_id={auction.id}").json()["data"]
        (bid,) = [bid for bid in bids if bid["max_units"] == max_units]
        held = 0 if bid["commitment_id"] else Decimal("566.5") + max_units * Decimal("51.5")
        assert Decimal(bid["held"]) == held
        answers.append(client.delete(f"/v1/bids/{bid['id']}"))
    return [(answer.status_code, without_names(answer.json())) for answer in answers]


def test_of_two_lots_of_one_band_everything_told_is_the_same(venue, client) -> None:
    """40 000 long with money to pay for it, and 26 000 short with none."""
    long = opened(venue, "LONG", "2", "book-1")
    short = opened(venue, "SHORT", "1.3", "book-2", cash="-500")
    assert everything_told(client, long, "a") == everything_told(client, short, "b")
    one, other = client.get("/v1/auctions").json()["data"]
    assert without_names(one) == without_names(other)


def test_a_lot_that_is_not_shown_is_its_band_its_risk_and_its_product_groups(venue, client) -> None:
    shown = client.get(f"/v1/auctions/{opened(venue, 'LONG', '2', 'book-1').id}").json()
    assert (shown["disclosure"], shown["band"]) == ("SIZE_BAND", {"above": "20000", "up_to": "50000"})
    assert (shown["risk_percent"], shown["product_groups"], shown["units"]) == (10, ["PERPS"], 100)
    hidden = ("lot_units", "notional", "positions", "marks", "reserve_edge_bps")
    assert [shown[name] for name in hidden] == [None, None, [], None, None]


def test_no_filter_finds_what_is_not_shown(venue, client) -> None:
    opened(venue, "LONG", "2", "book-1")
    assert client.get("/v1/auctions?instrument=BTC-PERP").json()["data"] == []
    assert len(client.get("/v1/auctions?product_group=PERPS").json()["data"]) == 1


def test_what_was_decided_is_shown(venue, client, travel) -> None:
    auction = opened(venue, "SHORT", "2", "book-1")
    path = f"/v1/auctions/{auction.id}"
    client.post(f"{path}/bids", BID | {"client_bid_id": "b"}, format="json")
    for seconds in (30, 15):
        travel(seconds=seconds)
        market.sweep()
    shown = client.get(path).json()
    assert (shown["state"], shown["notional"], shown["lot_units"]) == ("AWARDED", "40000", 2000)
    assert (shown["positions"][0]["side"], shown["marks"], shown["reserve_edge_bps"]) == (
        "SHORT",
        {"BTC-PERP": "20000"},
        "350",
    )
    assert auction.id in {Auction.objects.get(id=row["id"]).id for row in _found(client)}
    (own,) = [bid for bid in client.get("/v1/bids").json()["data"] if bid["client_bid_id"] == "b"]
    assert (own["edge_bps"], own["inverse_edge_bps"]) == ("30", "40")


def _found(client):
    return client.get("/v1/auctions?instrument=BTC-PERP").json()["data"]


def test_what_was_withdrawn_is_not_shown_for_it_may_come_again(venue, client) -> None:
    auction = opened(venue, "LONG", "2", "book-1")
    perform(withdraw_book, venue_id=venue.id, book_id=auction.step.lot.book_id, reason="a mistake")
    shown = client.get(f"/v1/auctions/{auction.id}").json()
    assert (shown["state"], shown["notional"], shown["positions"]) == ("WITHDRAWN", None, [])
    assert _found(client) == []


def test_a_missing_and_a_superfluous_edge_are_named(venue, client) -> None:
    auction = opened(venue, "LONG", "2", "book-1")
    bid = {"client_bid_id": "b", "units": 1, "edge_bps": "1"}
    missing = client.post(f"/v1/auctions/{auction.id}/bids", bid, format="json")
    build.a_playbook(venue)
    shown = opened(venue, "LONG", "2", "book-2")
    refused = client.post(f"/v1/auctions/{shown.id}/bids", bid | {"inverse_edge_bps": "1"}, format="json")
    for answer, code in ((missing, "inverse_edge_missing"), (refused, "inverse_edge_not_taken")):
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["pointer"] == "/inverse_edge_bps"
