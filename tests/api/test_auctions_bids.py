"""Auctions over HTTP: what a bidder sees, bids that fail alone and stay sealed, and takes."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import Account, ApiKey, Provider
from accounts.operations.keys.revoke_key import revoke_key
from auctions.models import Auction, Bid, Take
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.place_bids import Placed
from auctions.rules.refusals import BY_CODE
from backstop import clock
from backstop.models.base import save_changes
from tests import market
from tests.builders import (
    SPOT,
    a_group,
    a_playbook,
    a_provider,
    a_provider_key,
    a_venue,
    an_instrument,
    api_client,
    perform,
)

pytestmark = pytest.mark.django_db

BID = {"client_bid_id": "b1", "units": 20, "edge_bps": "30"}
PLACING = [
    "key_revoked",
    "bid_duplicate",
    "bid_reused",
    "auction_unknown",
    "auction_not_open",
    "provider_suspended",
    "provider_excluded",
    "units_not_positive",
    "units_too_many",
    "min_units_out_of_range",
    "sealed_offer_missing",
    "sealed_offer_not_taken",
    "packages_not_taken",
    "packages_too_many",
    "inverse_edge_missing",
    "inverse_edge_not_taken",
    "bid_unknown",
    "bid_void",
    "bid_worse",
    "improvement_too_small",
    "bids_too_many",
    "bid_not_live",
    "payment_above_maximum",
    "margin_insufficient",
]


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[str]:
    stages: list[str] = []
    monkeypatch.setattr("auctions.api.takes.wake", stages.append)
    return stages


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = a_venue(fund="100000")
    an_instrument(venue, "ETH-USD", SPOT, product_group="COINS", price="200", margin_rate="0")
    limits = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000"}
    a_playbook(venue, **limits, mark_max_age_seconds=3600, min_take_units=5)
    return venue


@pytest.fixture
def alice(venue):
    return a_provider(venue, "Alice")


@pytest.fixture
def client(alice):
    return api_client(a_provider_key(alice))


@pytest.fixture
def auction(venue, alice):
    """A sealed auction of 100 units."""
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    market.sweep()
    return Auction.objects.get()


@pytest.fixture
def path(auction):
    return f"/v1/auctions/{auction.id}/bids"


@pytest.fixture
def dutch(auction, travel):
    for seconds in (30, 15):
        travel(seconds=seconds)
        market.sweep()
    return Auction.objects.get(kind="DUTCH")


def held() -> Decimal:
    return sum(Account.objects.filter(provider__isnull=False).values_list("held", flat=True), Decimal(0))


def test_an_auction_says_all_that_a_bidder_needs(client, auction) -> None:
    (shown,) = client.get("/v1/auctions?state=OPEN&kind=SEALED&product_group=COINS&instrument=ETH-USD").json()["data"]
    assert shown == client.get(f"/v1/auctions/{auction.id}").json()
    assert (shown["units"], shown["units_left"], shown["lot_units"], shown["round"]) == (100, 100, 100, 1)
    assert (shown["notional"], shown["marks"], shown["asset"]) == ("20000", {"ETH-USD": "200"}, "USD")
    assert (shown["edge_now_bps"], shown["curve"], shown["excluded"]) == (None, None, False)
    (leg,) = shown["positions"]
    assert (leg["instrument"], leg["side"], leg["quantity"], leg["margin_rate"]) == ("ETH-USD", "LONG", "100", "0")
    assert shown["halt_reason"] == ""
    assert not {"book", "reference", "account", "cash", "equity"} & shown.keys()


def test_what_a_bid_holds_is_what_the_auction_said(client, auction, path) -> None:
    shown = client.get(f"/v1/auctions/{auction.id}").json()
    bid = client.post(path, BID).json()
    said = Decimal(shown["base_hold"]) + 20 * Decimal(shown["unit_hold"])
    assert Decimal(bid["held"]) == said == held()


@pytest.mark.parametrize("query", ["state=AWARDED", "kind=DUTCH", "product_group=PERPS", "instrument=BTC"])
def test_filters_leave_out_what_is_not_asked_for(client, auction, query) -> None:
    assert client.get(f"/v1/auctions?{query}").json()["data"] == []


def test_a_bid_is_idempotent_and_sealed_until_the_auction_is_decided(client, path, travel) -> None:
    first = client.post(path, BID)
    assert (first.status_code, first.json()["state"]) == (201, "LIVE")
    assert client.post(path, BID).json() == first.json()
    assert Bid.objects.count() == 1
    seen = [first.json(), client.get("/v1/bids").json()["data"][0]]
    assert [(bid["units"], bid["edge_bps"]) for bid in seen] == [(None, None)] * 2
    for seconds in (30, 15):
        travel(seconds=seconds)
        market.sweep()
    (bid,) = client.get("/v1/bids?state=WON").json()["data"]
    assert (bid["units"], bid["edge_bps"], bid["max_units"]) == (20, "30", 20)
    (award,) = client.get("/v1/awards").json()["data"]
    assert (award["bid_id"], award["units"], award["settlement_state"]) == (bid["id"], 20, "SETTLED")
    assert award["positions"] == [{"instrument": "ETH-USD", "side": "LONG", "quantity": "20", "mark_price": "200"}]


def test_a_negative_edge_holds_its_payment(client, path) -> None:
    bid = client.post(path, {**BID, "edge_bps": "-25", "max_pay_bps": "25"}).json()
    assert bid["max_pay_bps"] == "25"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"units": 101}, 422, "units_too_many"),
        ({"max_units": 10}, 422, "units_too_many"),
        ({"edge_bps": "-5", "max_pay_bps": "4"}, 422, "payment_above_maximum"),
        ({"edge_bps": "-0.0001"}, 422, "payment_above_maximum"),
        ({"min_units": 21}, 422, "min_units_out_of_range"),
        ({"improves": "nothing"}, 404, "bid_unknown"),
        ({"all_or_none": "true"}, 422, "invalid"),
        ({"min_units": 0}, 422, "invalid"),
        ({"edge_bps": 30}, 422, "invalid"),
        ({"edge_bps": "0.00001"}, 422, "invalid"),
        ({"units": 0}, 422, "invalid"),
        ({"units": "20"}, 422, "invalid"),
        ({"edge": "1"}, 422, "invalid"),
    ],
)
def test_a_bid_that_cannot_be_placed_is_refused_and_holds_nothing(client, path, changed, status, code) -> None:
    response = client.post(path, {**BID, **changed})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Bid.objects.exists()
    assert held() == 0


def test_the_same_id_with_other_content_is_refused(client, path) -> None:
    client.post(path, BID)
    response = client.post(path, {**BID, "units": 21})
    assert (response.status_code, response.json()["code"]) == (409, "bid_reused")


def test_a_bid_beyond_the_free_collateral_is_refused(venue, path) -> None:
    poor = api_client(a_provider_key(a_provider(venue, "Bob", collateral="10")))
    response = poor.post(path, BID)
    assert (response.status_code, response.json()["code"]) == (409, "margin_insufficient")
    assert not Bid.objects.exists()


def test_an_auction_whose_window_is_over_takes_no_bids(client, path, travel) -> None:
    travel(seconds=30)
    response = client.post(path, BID)
    assert (response.status_code, response.json()["code"]) == (409, "auction_not_open")


def test_a_suspended_provider_and_a_revoked_key_place_nothing(client, alice, path) -> None:
    perform(suspend_provider, provider=alice, reason="late")
    response = client.post(path, BID)
    assert (response.status_code, response.json()["code"]) == (403, "provider_suspended")
    perform(revoke_key, key=ApiKey.objects.get())
    response = client.post(path, BID)
    assert (response.status_code, response.json()["code"]) == (401, "key_revoked")
    assert not Bid.objects.exists()


def test_what_a_suspended_provider_sends_again_is_answered_as_at_first(client, alice, path) -> None:
    keyed = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first = [client.post(path, BID), client.post("/v1/commitments", {"min_edge_bps": "5"}, **keyed)]
    perform(suspend_provider, provider=alice, reason="late")
    again = [client.post(path, BID), client.post("/v1/commitments", {"min_edge_bps": "5"}, **keyed)]
    assert [(one.status_code, one.json()["id"]) for one in again] == [(201, one.json()["id"]) for one in first]
    batch = client.post(path, [BID, {**BID, "client_bid_id": "b2"}]).json()["data"]
    assert (batch[0]["bid"]["id"], batch[1]["error"]["code"]) == (first[0].json()["id"], "provider_suspended")
    for sent in ({**BID, "units": 0}, {**BID, "client_bid_id": "b2"}):
        refused = client.post(path, sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "provider_suspended")


def test_a_bid_that_is_sent_again_after_a_restart_is_refused_with_the_void_bid(venue, client, alice, travel) -> None:
    a_playbook(venue, max_restarts=1)
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000", reference="book-2")
    market.sweep()
    auction = Auction.objects.latest("created_at")
    path = f"/v1/auctions/{auction.id}/bids"
    placed = client.post(path, BID).json()
    restarting = {"venue_id": venue.id, "auction_id": auction.id, "reason": "a wrong mark"}
    perform(restart_auction, **restarting)
    again = client.post(path, BID)
    assert (again.status_code, again.json()["code"]) == (409, "bid_void")
    assert (again.json()["bid"]["id"], again.json()["bid"]["state"]) == (placed["id"], "VOID")
    (item,) = client.post(path, [BID]).json()["data"]
    assert (item["error"]["code"], item["bid"]["id"]) == ("bid_void", placed["id"])
    assert client.post(path, {**BID, "units": 21}).json()["code"] == "bid_reused"
    assert client.post(path, {**BID, "client_bid_id": "b2"}).status_code == 201


def test_a_bid_above_the_reserve_is_placed_with_a_warning(client, path) -> None:
    reserve = Decimal(client.get("/v1/auctions").json()["data"][0]["reserve_edge_bps"])
    above = {**BID, "client_bid_id": "above", "edge_bps": str(reserve + Decimal("0.0001"))}
    at = {**BID, "client_bid_id": "at", "edge_bps": str(reserve)}
    single = client.post(path, above)
    assert (single.status_code, single.json()["state"]) == (201, "LIVE")
    assert single.json()["warning"]["code"] == "edge_above_reserve"
    assert client.post(path, at).json()["warning"] is None
    for batch in (client.post(path, [above, at]), client.post("/v1/bids", {"bids": _anywhere(path, above, at)})):
        first, second = batch.json()["data"]
        assert (first["warning"]["code"], "warning" in second) == ("edge_above_reserve", False)


def _anywhere(path, *bids):
    return [{**bid, "auction_id": path.split("/")[3]} for bid in bids]


def test_the_owner_of_the_account_takes_no_part(venue, travel) -> None:
    travel.freeze()
    a_provider(venue, "Alice")
    owner = a_provider(venue, "Owner", group=a_group(venue, "Owners"))
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000", owner_group="Owners")
    market.sweep()
    client = api_client(a_provider_key(owner))
    (shown,) = client.get("/v1/auctions").json()["data"]
    assert shown["excluded"]
    response = client.post(f"/v1/auctions/{shown['id']}/bids", BID)
    assert (response.status_code, response.json()["code"]) == (403, "provider_excluded")


@pytest.mark.parametrize("code", PLACING)
def test_each_refusal_of_a_single_bid_is_a_problem_with_its_code(client, path, monkeypatch, code) -> None:
    if code in ("bid_duplicate", "units_not_positive"):
        return  # a single bid has no twin in its batch, and its units are checked before
    monkeypatch.setattr("auctions.api.bids.place_bids", lambda **_: [Placed(None, BY_CODE[code])])
    response = client.post(path, BID)
    assert (400 <= response.status_code < 500, response.json()["code"]) == (True, code)


@pytest.mark.parametrize("as_list", [True, False])
def test_of_a_hundred_bids_a_bad_one_fails_alone(client, path, as_list) -> None:
    bids = [{"client_bid_id": f"b{n}", "units": 1, "edge_bps": "30"} for n in range(100)]
    bids[7]["units"] = 101
    response = client.post(path, bids if as_list else {"bids": bids})
    assert response.status_code == 200
    data = response.json()["data"]
    assert [one["client_bid_id"] for one in data] == [bid["client_bid_id"] for bid in bids]
    assert [one["client_bid_id"] for one in data if "error" in one] == ["b7"]
    assert data[7]["error"]["code"] == "units_too_many"
    assert data[8]["bid"]["edge_bps"] is None
    assert Bid.objects.count() == 99


def test_a_list_of_a_hundred_and_one_is_refused(client, path) -> None:
    bids = [{"client_bid_id": f"b{n}", "units": 1, "edge_bps": "30"} for n in range(101)]
    assert client.post(path, bids).status_code == client.post(path, {"bids": bids}).status_code == 422
    assert client.post(path, []).status_code == 422
    assert not Bid.objects.exists()


def test_one_call_bids_in_many_auctions_and_each_item_fails_alone(venue, client, auction) -> None:
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), reference="book-2", cash="-15000")
    market.sweep()
    other = Auction.objects.exclude(id=auction.id).get()
    places = {"b0": auction.id, "b1": other.id, "b2": UUID(int=7)}
    bids = [{**BID, "client_bid_id": name, "auction_id": str(place)} for name, place in places.items()]
    first, second, unknown = client.post("/v1/bids", {"bids": bids}).json()["data"]
    assert [one["bid"]["auction_id"] for one in (first, second)] == [str(auction.id), str(other.id)]
    assert unknown["error"]["code"] == "auction_unknown"
    assert client.post("/v1/bids", {"bids": bids[:1]}).json()["data"] == [first]
    (unplaced,) = client.post("/v1/bids", {"bids": [BID]}).json()["data"]
    assert unplaced["error"]["errors"][0]["pointer"] == "/bids/0/auction_id"


@pytest.mark.parametrize("as_list", [True, False])
def test_what_is_malformed_fails_alone_and_says_where_and_why(client, path, as_list) -> None:
    bids = [{**BID, "client_bid_id": f"b{n}"} for n in range(5)]
    bids[1] = {**bids[1], "units": "5", "colour": "red"}
    bids[3] = "nothing"
    answer = client.post(path, bids if as_list else {"bids": bids})
    assert answer.status_code == 200
    data, before = answer.json()["data"], "" if as_list else "/bids"
    assert [one["index"] for one in data] == [0, 1, 2, 3, 4]
    assert [one["client_bid_id"] for one in data] == ["b0", "b1", "b2", None, "b4"]
    assert [one["index"] for one in data if "error" in one] == [1, 3]
    assert {(one["pointer"], one["code"]) for one in data[1]["error"]["errors"]} == {
        (f"{before}/1/units", "not_whole"),
        (f"{before}/1/colour", "field_unknown"),
    }
    assert (data[3]["error"]["code"], data[3]["error"]["errors"][0]["pointer"]) == ("invalid", f"{before}/3")
    assert set(Bid.objects.values_list("client_bid_id", flat=True)) == {"b0", "b2", "b4"}


def test_however_much_is_malformed_no_more_is_named_than_ever_and_what_is_not_is_placed(client, path) -> None:
    bids = [*({"client_bid_id": f"b{n}", **{f"x{i}": 1 for i in range(9)}} for n in range(99)), BID]
    data = client.post(path, {"bids": bids}).json()["data"]
    assert sum(len(one["error"]["errors"]) for one in data[:99]) == 50
    assert data[99]["bid"]["state"] == "LIVE"


@pytest.mark.parametrize(
    ("wrong", "status", "code", "pointer"),
    [
        ({"units": 101}, 409, "bids_refused", "/bids/1/units"),
        ({"units": "5"}, 422, "invalid", "/bids/1/units"),
        ({"client_bid_id": "b0"}, 409, "bids_refused", "/bids/1"),
    ],
)
def test_all_or_none_of_them_are_placed(client, path, wrong, status, code, pointer) -> None:
    bids = [{**BID, "client_bid_id": f"b{n}"} for n in range(3)]
    sent = {"bids": [bids[0], {**bids[1], **wrong}, bids[2]], "atomic": True}
    refused = client.post(path, sent)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
    assert not Bid.objects.exists()
    assert held() == 0
    for _ in range(2):
        placed = client.post(path, {"bids": bids, "atomic": True})
        assert [one["bid"]["state"] for one in placed.json()["data"]] == ["LIVE"] * 3
    assert Bid.objects.count() == 3


def test_all_or_none_sent_again_says_of_each_what_it_is_and_of_others_what_stands(client, path) -> None:
    bids = [{**BID, "client_bid_id": f"b{n}"} for n in range(2)]
    client.post(path, {"bids": bids, "atomic": True})
    void = Bid.objects.get(client_bid_id="b0")
    void.void("a test", clock.now())
    save_changes([void])
    again = client.post(path, {"bids": bids, "atomic": True})
    assert (again.status_code, again.json()["receipt"] is not None) == (200, True)
    first, second = again.json()["data"]
    assert (first["error"]["code"], first["bid"]["state"]) == ("bid_void", "VOID")
    assert (second["bid"]["state"], "error" in second) == ("LIVE", False)
    more = {**BID, "client_bid_id": "b2", "units": 101}
    mixed = client.post(path, {"bids": [*bids, more], "atomic": True})
    assert (mixed.status_code, mixed.json()["code"]) == (409, "bids_refused")
    assert [one["pointer"] for one in mixed.json()["errors"]] == ["/bids/0", "/bids/2/units"]
    stand = {(one["client_bid_id"], one["state"]) for one in mixed.json()["bids"]}
    assert stand == {("b0", "VOID"), ("b1", "LIVE")}
    assert Bid.objects.count() == 2


def test_a_bid_is_taken_back_once_and_frees_what_it_held(client, path) -> None:
    bid = client.post(path, BID).json()
    first, second = (client.delete(f"/v1/bids/{bid['id']}") for _ in range(2))
    assert (first.status_code, first.json()["state"], first.json()["held"]) == (200, "CANCELLED", "0")
    assert second.json() == first.json()
    assert first.json()["edge_bps"] is None
    assert held() == 0


def test_a_stranger_learns_nothing_and_bids_nowhere(venue, client, auction, path) -> None:
    bid = client.post(path, BID).json()
    bob = api_client(a_provider_key(a_provider(venue, "Bob")))
    assert (bob.delete(f"/v1/bids/{bid['id']}").json()["code"], bob.get("/v1/bids").json()["data"]) == (
        "bid_unknown",
        [],
    )
    foreign = api_client(a_provider_key(a_provider(a_venue(), "Bob")))
    assert foreign.get("/v1/auctions").json()["data"] == []
    for ask in (
        lambda: foreign.get(f"/v1/auctions/{auction.id}"),
        lambda: foreign.post(path, BID),
        lambda: foreign.post(
            f"/v1/auctions/{auction.id}/takes", {"client_bid_id": "t", "units": 1, "edge_floor_bps": "0"}
        ),
    ):
        assert (ask().status_code, ask().json()["code"]) == (404, "auction_unknown")


def test_units_are_taken_at_the_edge_of_the_instant(client, dutch, travel, woken) -> None:
    travel(seconds=20)
    shown = client.get(f"/v1/auctions/{dutch.id}").json()
    assert shown["curve"] == {"kind": "PIECEWISE", "knots": [["0", "0"], ["45", "500"]]}
    assert (shown["contested"], shown["edge_now_bps"]) == (None, "150"), "nobody competes: not the curve's 222"
    assert (shown["book_version"], shown["min_take_units"]) == (1, 5)
    order = {"client_bid_id": "t1", "units": 25, "edge_floor_bps": "1", "min_units": 25, "book_version": 1}
    taken = client.post(f"/v1/auctions/{dutch.id}/takes", order)
    assert (taken.status_code, taken.json()["units"], taken.json()["edge_bps"]) == (201, 25, shown["edge_now_bps"])
    assert woken == ["settle_awards", "pass_lots_on"]
    assert client.post(f"/v1/auctions/{dutch.id}/takes", order).json() == taken.json()
    assert client.get(f"/v1/auctions/{dutch.id}").json()["units_left"] == 75
    (award,) = client.get(f"/v1/awards?auction_id={dutch.id}&kind=DUTCH").json()["data"]
    assert (award["take_id"], award["units"]) == (taken.json()["id"], 25)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"edge_floor_bps": "9999"}, 409, "edge_below_floor"),
        ({"min_units": 26}, 422, "min_units_above_units"),
        ({"units": 101, "min_units": 101}, 409, "min_units_not_met"),
        ({"units": 4}, 409, "units_below_minimum"),
        ({"book_version": 2}, 409, "book_version_changed"),
        ({"units": 0}, 422, "invalid"),
        ({"min_units": 0}, 422, "invalid"),
        ({"edge_floor_bps": 1}, 422, "invalid"),
    ],
)
def test_a_take_that_cannot_be_is_refused(client, dutch, woken, changed, status, code) -> None:
    order = {"client_bid_id": "t1", "units": 25, "edge_floor_bps": "1"}
    response = client.post(f"/v1/auctions/{dutch.id}/takes", {**order, **changed})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Take.objects.exists()
    assert woken == []


def test_a_quote_says_what_the_take_of_that_instant_gets(client, dutch, travel) -> None:
    travel(seconds=20)
    shown = client.get(f"/v1/auctions/{dutch.id}").json()
    quote = client.get(f"/v1/auctions/{dutch.id}/quote?units=98").json()
    assert (quote["units"], quote["units_left"], quote["book_version"]) == (95, 100, 1)
    assert quote["valid_sizes"] == [{"first": 5, "last": 95}, {"first": 100, "last": 100}]
    assert (quote["edge_bps"], quote["access"]) == (shown["edge_now_bps"], True)
    assert quote["access_from"] == shown["access_from"] == shown["price_starts_at"] == shown["opens_at"]
    (ahead,) = quote["schedule"]
    assert ahead["edge_bps"] == "150"
    assert client.get(f"/v1/auctions/{dutch.id}/quote").json()["units"] == 100
    taken = client.post(f"/v1/auctions/{dutch.id}/takes", {"client_bid_id": "t1", "units": 98}).json()
    assert (taken["units"], taken["edge_bps"]) == (quote["units"], quote["edge_bps"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("units=0", 422, "invalid"), ("units=x", 422, "invalid"), ("units=4", 409, "units_below_minimum")],
)
def test_a_quote_that_cannot_be_is_refused(client, dutch, query, status, code) -> None:
    response = client.get(f"/v1/auctions/{dutch.id}/quote?{query}")
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_who_comes_too_early_is_told_when_to_come_back(client, alice, dutch) -> None:
    Auction.objects.filter(id=dutch.id).update(priority_seconds=10, tiers={str(UUID(int=7)): 1})
    response = client.post(f"/v1/auctions/{dutch.id}/takes", {"client_bid_id": "t1", "units": 25})
    assert (response.status_code, response.json()["code"]) == (409, "take_too_early")
    quote = client.get(f"/v1/auctions/{dutch.id}/quote").json()
    assert not quote["access"]
    told = datetime.fromisoformat(response.json()["access_from"])
    assert told == datetime.fromisoformat(quote["access_from"]) == dutch.opens_at + timedelta(seconds=10)


def test_a_key_that_is_revoked_while_its_take_waits_takes_nothing(client, alice, dutch, monkeypatch) -> None:
    monkeypatch.setattr("auctions.operations.provider.take_units.Provider", _Revoking(Provider))
    response = client.post(f"/v1/auctions/{dutch.id}/takes", {"client_bid_id": "t1", "units": 25})
    assert (response.status_code, response.json()["code"]) == (401, "key_revoked")
    assert not Take.objects.exists()


class _Revoking:
    """Stands for the model: whoever reads providers finds the key revoked afterwards."""

    def __init__(self, model) -> None:
        self._model = model

    @property
    def objects(self):
        ApiKey.objects.update(revoked_at=clock.now())
        return self._model.objects


def test_lists_need_a_bounded_number_of_queries(client, venue, auction, path, django_assert_max_num_queries) -> None:
    for count in (1, 20):
        client.post(path, [{"client_bid_id": f"{count}-{n}", "units": 1, "edge_bps": "30"} for n in range(count)])
        for number in range(count):
            position = market.position("ETH-USD", "LONG", "1")
            market.a_book(venue, position, cash="-150", reference=f"{count}-{number}")
        market.sweep()
        for address, queries in (("auctions", 6), ("bids", 2)):
            with django_assert_max_num_queries(queries):
                assert len(client.get(f"/v1/{address}").json()["data"]) >= count


def test_dutch_auctions_need_a_bounded_number_of_queries(
    client, venue, dutch, travel, django_assert_max_num_queries
) -> None:
    for number in range(10):
        position = market.position("ETH-USD", "LONG", "1")
        market.a_book(venue, position, cash="-150", reference=str(number))
    market.sweep()
    for seconds in (30, 15):
        travel(seconds=seconds)
        market.sweep()
    with django_assert_max_num_queries(6):
        shown = client.get("/v1/auctions?kind=DUTCH&state=OPEN").json()["data"]
    assert len(shown) >= 10
    assert all(one["edge_now_bps"] is not None for one in shown)


def test_an_auction_that_never_was_is_unknown(client) -> None:
    response = client.post(f"/v1/auctions/{UUID(int=7)}/bids", BID)
    assert (response.status_code, response.json()["code"]) == (404, "auction_unknown")


def test_readiness_says_how_far_marks_may_move_until_the_end(client, dutch) -> None:
    path, said = f"/v1/auctions/{dutch.id}", {"client_bid_id": "r1", "units": 10}
    stands = client.post(f"{path}/ready", {**said, "max_drift_bps": "250"})
    assert (stands.status_code, stands.json()["max_drift_bps"]) == (201, "250")
    assert [*stands.json()["marks"].values()] == ["200"]
    assert client.get(f"/v1/readiness/{stands.json()['id']}").json() == stands.json()
    other = client.post(f"{path}/ready", {**said, "client_bid_id": "r2"}).json()
    assert other["max_drift_bps"] == client.get(path).json()["wait_drift_bps"] == "1000"
    refused = client.post(f"{path}/ready", {**said, "client_bid_id": "r3", "max_drift_bps": "-1"}).json()
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("invalid", "/max_drift_bps")
