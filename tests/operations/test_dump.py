"""An attacker with a full dump of the database before the close learns no edge; with the auction's key he would."""

import json
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import connection

from auctions.models import Auction, Bid
from auctions.operations.sealing import load_seals
from auctions.rules.sealing import Offer, digest_of, fingerprint_of, pseudonym_of, salt_of
from backstop.transactions import Request
from tests import market
from tests.builders import SPOT, a_playbook, a_provider, a_provider_key, a_venue, an_instrument, api_client

pytestmark = pytest.mark.django_db

EDGE, UNITS = Decimal("123.4567"), 37
BID = {
    "client_bid_id": "alice-1",
    "units": UNITS,
    "edge_bps": str(EDGE),
    "min_units": 29,
    "max_units": 40,
    "max_pay_bps": "1",
}
# Every edge and number of units that the attacker holds possible; the truth is among them.
EDGES = [EDGE + Decimal(step) / 10_000 for step in range(-100, 101)]
OFFERS = [Offer(units, edge, min_units=29) for units in range(29, 41) for edge in EDGES]


@pytest.fixture
def bid(travel) -> Bid:
    """Alice's bid in an open auction: placed, sent again, listed, and improved upon by nobody."""
    travel.freeze()
    venue = a_venue(fund="100000")
    an_instrument(venue, "ETH-USD", SPOT, product_group="COINS", price="200", margin_rate="0")
    a_playbook(venue, mark_max_age_seconds=3600)
    client = api_client(a_provider_key(a_provider(venue, "Alice")))
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    market.sweep()
    path = f"/v1/auctions/{Auction.objects.get().id}/bids"
    for key in ("first", "second"):
        assert client.post(path, BID, headers={"Idempotency-Key": key}).status_code == 201
    assert client.post(path, {**BID, "edge_bps": "99"}).json()["code"] == "bid_reused"
    assert client.get("/v1/bids").status_code == 200
    return Bid.objects.get()


def dump() -> Iterator[tuple[str, str]]:
    """Every column of every row of every table, as text: what a copy of the database or of a backup holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT e.key, e.value FROM "{table}" AS t, jsonb_each_text(to_jsonb(t)) AS e')
            yield from ((f"{table}.{column}", value or "") for column, value in cursor.fetchall())


def matches(bid: Bid, key: bytes) -> list[Offer]:
    """The offers that give this bid's digest or fingerprint under a key: the attack."""
    known = {"auction_id": bid.auction_id, "max_units": bid.max_units, "max_pay_bps": bid.max_pay_bps}
    who, salt = pseudonym_of(key, bid.provider_id), salt_of(key, bid.provider_id, bid.client_bid_id)
    named = {"provider_id": bid.provider_id, "client_bid_id": bid.client_bid_id}
    return [
        offer
        for offer in OFFERS
        if bytes(bid.digest) == digest_of(pseudonym=who, offer=offer, salt=salt, **known)
        or bytes(bid.fingerprint) == fingerprint_of(key, offer=offer, **known, **named)
    ]


def test_the_edge_of_a_sealed_bid_stands_nowhere_in_the_database(bid) -> None:
    steps = f"{int(EDGE * 10_000):016x}"
    held = list(dump())
    assert any(table == "auctions_bid.digest" for table, _ in held), "the dump is whole"
    assert any(table.startswith("backstop_storedanswer") for table, _ in held)
    assert [place for place, value in held if "123.45" in value or steps in value] == []


def test_what_a_bid_offers_is_null_until_the_close(bid) -> None:
    assert (bid.units, bid.edge_bps, bid.all_or_none, bid.min_units) == (None, None, None, None)


def test_trying_every_edge_and_size_finds_nothing_without_the_auctions_key(bid) -> None:
    auction = bid.auction
    guesses = [b"", bytes(32), bytes(auction.sealed_key)[-32:], bytes(auction.sealed_key)[12:44], auction.id.bytes]
    assert [matches(bid, key) for key in guesses] == [[]] * len(guesses)


def test_with_the_auctions_key_the_same_attack_finds_the_edge(bid) -> None:
    assert matches(bid, load_seals([bid.auction_id])[bid.auction_id].key) == [Offer(UNITS, EDGE, min_units=29)]


def test_what_requests_are_known_by_cannot_be_tried_either(bid) -> None:
    """A plain hash of what was sent would be as good as the edge."""
    held = {value for place, value in dump() if place == "backstop_storedanswer.fingerprint"}
    plainly = sha256(json.dumps(BID, sort_keys=True).encode()).hexdigest()
    assert len(held) == 1, "both were the same request"
    assert held != {plainly}
    request = Request("", "", "", "", BID)
    assert held == {request.fingerprint}, "with the secret key the attack would work"


def test_events_and_answers_before_the_close_hold_maxima_only(bid) -> None:
    answers = [value for place, value in dump() if place == "backstop_storedanswer.answer"]
    assert len(answers) == 2
    assert all('"max_units": 40' in value and '"units": null' in value for value in answers)
    said = [value for place, value in dump() if place in ("backstop_event.payload", "backstop_publication.payload")]
    assert said
    assert not any(str(UNITS) in value and "edge_bps" in value for value in said)
