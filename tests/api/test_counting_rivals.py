"""What a tenant sees tells nothing of what another does: no number in it comes from a counter that others move."""

from typing import Any

import pytest

from tests import builders as build
from tests import market
from tests.market import a_bidder, an_auction, order, place
from tests.tampering import leaves

pytestmark = pytest.mark.django_db


def numbers(document: Any) -> list[Any]:
    """Whatever in it counts, with the way to it: ids, times, digests and signatures do not."""
    return [(way, value) for way, value in leaves(document) if isinstance(value, int) or str(value).isdecimal()]


def seen_around(rivals: int) -> list[Any]:
    """What Alice is answered to a bid before and one after so many bids of rivals, at her venue and at another."""
    venue, other = market.a_market(), market.a_market()
    for each in (venue, other):
        market.a_playbook(each)
    auction, elsewhere = an_auction(venue), an_auction(other)
    alice, bob, mallory = build.a_provider(venue, "Alice"), a_bidder(venue, "Bob"), a_bidder(other, "Mallory")
    client = build.api_client(build.a_provider_key(alice))
    seen = []
    for name in ("a1", "a2"):
        sent = {"client_bid_id": name, "units": 10, "edge_bps": "50"}
        seen.append(client.post(f"/v1/auctions/{auction.id}/bids", sent).json())
        for number in range(rivals):
            place(bob, order(auction, f"{name}-{number}", 1))
            place(mallory, order(elsewhere, f"{name}-{number}", 1))
    seen += [client.get("/v1/bids").json()["data"], client.get(f"/v1/auctions/{auction.id}").json()]
    return [numbers(one) for one in seen]


def test_two_own_receipts_around_rivals_bids_tell_nothing_of_how_many(travel):
    travel.freeze()
    alone = seen_around(0)
    assert seen_around(1) == seen_around(5) == alone
    assert ("receipt", "size") in [way for way, _ in alone[0]], "numbers are looked at"


def test_settlements_of_one_venue_tell_nothing_of_those_of_another_nor_of_another_provider(travel):
    travel.freeze()
    for _ in range(2):
        venue = market.a_market()
        market.a_playbook(venue, lot_scope="BOOK")
        providers = [a_bidder(venue, name) for name in ("Alice", "Bob")]
        for provider in providers:
            build.a_commitment(provider, min_edge_bps="50", cap_per_assignment="20000")
        for number in range(3):
            long = market.position("BTC-PERP", "LONG", "2", "20000")
            market.a_book(venue, long, cash="3000", reference=f"book-{number}")
            market.sweep()
        shown = [build.api_client(build.a_provider_key(who)).get("/v1/settlements").json() for who in providers]
        assert [sorted(one["sequence"] for one in page["data"]) for page in shown] == [[1, 2, 3], [1, 2, 3]]
