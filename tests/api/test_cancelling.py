"""Taking back all that one has bid, at once or after a silence, by one call."""

import pytest

from auctions import queries
from auctions.desks import taking_back
from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import transactions
from backstop.models import Event
from tests import invariants, market
from tests.builders import a_provider_key, api_client, perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(alice):
    return api_client(a_provider_key(alice))


def a_bid(venue, alice) -> Bid:
    (placed,) = market.place(alice, market.order(market.an_auction(venue)))
    return Bid.objects.get(id=placed.bid_id)


def test_one_call_takes_back_all_and_says_what_it_was(venue, alice, client) -> None:
    bid = a_bid(venue, alice)
    first, again = (client.post("/v1/cancel-all") for _ in range(2))
    assert first.json() == {
        "cancelled": [
            {"id": str(bid.id), "auction_id": str(bid.auction_id), "drill": False, "client_bid_id": "b1"},
        ],
        "bids_standing": 0,
        "readiness_standing": 0,
        "cut_bids_standing": 0,
    }
    assert again.json()["cancelled"] == []


def test_more_than_a_batch_is_taken_back_by_one_call_a_batch_at_a_time(venue, alice, client, monkeypatch) -> None:
    monkeypatch.setattr(queries.bids, "BATCH_BIDS", 2)
    auctions = [market.an_auction(venue, reference) for reference in ("book-1", "book-2")]
    firm, *_ = bids = [
        str(one.bid_id)
        for auction in auctions
        for one in market.place(alice, *(market.order(auction, f"{auction.id} {n}") for n in range(4)))
    ]
    Bid.objects.filter(id=firm).update(firm=True)
    seen = []
    performed = transactions.perform
    monkeypatch.setattr(transactions, "perform", lambda *args, **said: seen.append(said) or performed(*args, **said))
    foreseen = []
    foresee = transactions.foresee
    monkeypatch.setattr(transactions, "foresee", lambda *args, **said: foreseen.append(said) or foresee(*args, **said))
    dry = client.post("/v1/cancel-all?dry_run=true").json()
    first, again = (client.post("/v1/cancel-all", headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert dry == first.json() == again.json()
    assert len(foreseen) == 4, "a dry run takes each batch back by itself"
    assert [one["id"] for one in first.json()["cancelled"]] == bids[1:]
    assert (first.json()["bids_standing"], len(seen)) == (1, 3)
    assert set(Bid.objects.values_list("state", flat=True)) == {BidState.LIVE, BidState.CANCELLED}
    invariants.hold()


def test_whoever_comes_back_too_late_has_all_taken_back_a_batch_at_a_time(
    venue, alice, client, travel, monkeypatch
) -> None:
    monkeypatch.setattr(queries.bids, "BATCH_BIDS", 2)
    auction = market.an_auction(venue)
    market.place(alice, *(market.order(auction, f"b{n}") for n in range(5)))
    client.post("/v1/cancel-all-after", {"seconds": 1})
    travel(seconds=1)
    taken = []
    release = taking_back.take_back
    monkeypatch.setattr(taking_back, "take_back", lambda bids, now: taken.append(len(bids)) or release(bids, now))
    client.post("/v1/cancel-all-after?dry_run=true", {"seconds": 1})
    assert (max(taken), Bid.objects.filter(state=BidState.LIVE).count()) == (2, 5)
    taken.clear()
    assert client.post("/v1/cancel-all-after", {"seconds": 1}).json()["cancels_at"] is not None
    assert (taken, Bid.objects.filter(state=BidState.LIVE).count()) == ([2, 2, 1], 0)
    assert Event.objects.get(kind="cancel_switch_tripped").payload == {"bids": 5}


def test_a_silence_takes_back_and_each_call_begins_it_anew(venue, alice, client, travel) -> None:
    bid = a_bid(venue, alice)
    armed = client.post("/v1/cancel-all-after", {"seconds": 10})
    assert (armed.status_code, armed.json()["cancels_at"] > armed.json()["heard_at"]) == (200, True)
    travel(seconds=9)
    client.post("/v1/cancel-all-after", {"seconds": 10})
    travel(seconds=9)
    market.sweep("trip_cancel_switches")
    assert Bid.objects.get(id=bid.id).state == BidState.LIVE
    travel(seconds=1)
    market.sweep("trip_cancel_switches")
    assert Bid.objects.get(id=bid.id).state == BidState.CANCELLED
    assert client.post("/v1/cancel-all-after", {"seconds": 0}).json()["cancels_at"] is None


@pytest.mark.parametrize("seconds", [-1, 86_401, "5", 1.5, None])
def test_a_silence_is_a_whole_number_of_seconds_up_to_a_day(client, seconds) -> None:
    assert client.post("/v1/cancel-all-after", {"seconds": seconds}).status_code == 422


def test_to_take_back_costs_what_cancels_cost_and_a_suspended_provider_may(venue, alice, client) -> None:
    perform(suspend_provider, provider=alice, reason="late", bids_stand=True)
    for path, sent in (("/v1/cancel-all", {}), ("/v1/cancel-all-after", {"seconds": 1})):
        answer = client.post(path, sent)
        assert (answer.status_code, answer["RateLimit-Policy"].partition(";")[0]) == (200, '"cancels"')
