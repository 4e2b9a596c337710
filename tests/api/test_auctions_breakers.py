"""The circuit breaker, restarts and reconfirmations over HTTP."""

import pytest

from auctions.models import Auction, Bid, Breaker
from auctions.tasks import run_stage
from backstop.models import Mark
from tests import builders as build
from tests import market
from tests.market import a_bidder, a_playbook, an_auction, order, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue, max_restarts=1, reconfirm_after_seconds=60)
    return venue


@pytest.fixture
def engine(venue):
    return build.api_client(build.a_venue_key(venue))


def shown(provider, auction):
    return build.api_client(build.a_provider_key(provider)).get(f"/v1/auctions/{auction.id}").json()


def test_a_level_is_set_shown_and_reset(venue, engine):
    alice, auction = build.a_provider(venue), an_auction(venue)
    sent = {"product_group": "PERPS", "level": 2, "reason": "prices jump"}
    first, again = engine.put("/v1/breakers", sent), engine.put("/v1/breakers", sent)
    assert (first.status_code, first.json()) == (200, again.json())
    assert first.json()["who"].startswith("key:bs_")
    assert (shown(alice, auction)["breaker_level"], shown(alice, auction)["state"]) == (2, "OPEN")
    engine.put("/v1/breakers", {"auction_id": str(auction.id), "level": 3, "reason": "this one too"})
    seen = shown(alice, auction)
    assert (seen["breaker_level"], seen["state"]) == (3, "HALTED")
    assert seen["halt_reason"] == "breaker: this one too"
    for scope in ({"product_group": "PERPS"}, {"auction_id": str(auction.id), "product_group": None}):
        assert engine.put("/v1/breakers", {**scope, "level": 0, "reason": "calm"}).json()["level"] == 0
    run_stage("close_auctions")
    assert (shown(alice, auction)["breaker_level"], shown(alice, auction)["state"]) == (0, "OPEN")
    listed = engine.get("/v1/breakers").json()["data"]
    assert {(one["product_group"], one["auction_id"]) for one in listed} == {
        ("PERPS", None), (None, str(auction.id)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "status", "pointer"),
    [
        ({"level": 4, "reason": "x"}, 422, "/level"),
        ({"level": "3", "reason": "x"}, 422, "/level"),
        ({"level": 1, "reason": ""}, 422, "/reason"),
        ({"level": 1}, 422, "/reason"),
        ({"level": 1, "reason": "x", "product_group": "NONE"}, 404, "/product_group"),
        ({"level": 1, "reason": "x", "auction_id": "7"}, 422, "/auction_id"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(engine, sent, status, pointer):
    refused = engine.put("/v1/breakers", sent)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (status, pointer)
    assert not Breaker.objects.exists()


def test_an_auction_is_restarted_and_its_bidder_sees_why_its_bid_is_void(venue, engine):
    alice, auction = a_bidder(venue), an_auction(venue)
    place(alice, order(auction))
    answer = engine.post(f"/v1/auctions/{auction.id}/restart", {"reason": "a wrong mark"})
    assert (answer.status_code, answer.json()["restarts"]) == (200, 1)
    used_up = engine.post(f"/v1/auctions/{auction.id}/restart", {"reason": "again"})
    assert (used_up.status_code, used_up.json()["code"]) == (409, "restarts_used_up")
    (bid,) = build.api_client(build.a_provider_key(alice)).get("/v1/bids?state=VOID").json()["data"]
    assert (bid["void_reason"], bid["held"]) == ("the auction was restarted", "0")


def test_bids_are_reconfirmed_one_by_one_or_all_at_once(venue, travel):
    alice, auction = a_bidder(venue), an_auction(venue)
    first, _ = place(alice, order(auction), order(auction, "b2"))
    travel(seconds=61)
    run_stage("close_auctions")
    travel(seconds=61)
    build.a_mark(Mark.objects.get().instrument, "20000")
    market.sweep("close_auctions")
    client = build.api_client(build.a_provider_key(alice))
    assert {bid["must_reconfirm"] for bid in client.get("/v1/bids").json()["data"]} == {True}
    one = client.post(f"/v1/bids/{first.bid_id}/reconfirm")
    assert (one.status_code, one.json()["must_reconfirm"]) == (200, False)
    assert client.post(f"/v1/auctions/{auction.id}/bids/reconfirm").json() == {"bids": 2}
    assert Bid.objects.exclude(reconfirmed_at=None).count() == 2
    assert Auction.objects.get().reconfirm_since is not None


def test_tripped_breakers_are_counted_in_the_metrics(venue, engine):
    engine.put("/v1/breakers", {"level": 1, "reason": "x"})
    metrics = market.metrics()
    assert f'backstop_breakers{{level="1",venue="{venue.code}"}} 1.0' in metrics
