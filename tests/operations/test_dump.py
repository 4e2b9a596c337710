"""An attacker with a full dump of the database before the close learns no edge; with the auction's key it would.

Where providers seal their bids themselves, that key does not help it either: only the private key does, which the
close alone unwraps.
"""

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection

from accounts.models import Provider
from auctions.desks.seals import load_seals, load_seals_to_open
from auctions.models import Auction, Bid
from auctions.rules.encryption import SealBroken
from auctions.rules.provider_sealing import SealedPromise, read_offer
from auctions.rules.sealing import Offer, digest_of, encode_offer, fingerprint_of, pseudonym_of, salt_of
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
OFFER = Offer(UNITS, EDGE, min_units=29)
OFFERS = [Offer(units, edge, min_units=29) for units in range(29, 41) for edge in EDGES]


def an_auction(**playbook) -> tuple[Auction, Provider]:
    """An open auction, and Alice."""
    venue = a_venue(fund="100000")
    an_instrument(venue, "ETH-USD", SPOT, product_group="COINS", price="200", margin_rate="0")
    a_playbook(venue, mark_max_age_seconds=3600, **playbook)
    alice = a_provider(venue, "Alice")
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    market.sweep()
    return Auction.objects.get(), alice


def send(alice: Provider, auction: Auction, body: dict[str, Any], other: dict[str, Any]) -> Bid:
    """The bid as it was placed, sent again, with other content too, and listed."""
    client, path = api_client(a_provider_key(alice)), f"/v1/auctions/{auction.id}/bids"
    for key in ("first", "second"):
        assert client.post(path, body, headers={"Idempotency-Key": key}).status_code == 201
    assert client.post(path, {**body, **other}).json()["code"] == "bid_reused"
    assert client.get("/v1/bids").status_code == 200
    return Bid.objects.get()


@pytest.fixture
def bid(travel) -> Bid:
    """Alice's bid in an open auction, improved upon by nobody."""
    travel.freeze()
    auction, alice = an_auction()
    return send(alice, auction, BID, {"edge_bps": "99"})


@pytest.fixture
def own_bid(travel) -> Bid:
    """The same bid in an auction whose bids are sealed by their providers."""
    travel.freeze()
    auction, alice = an_auction(sealed_by="PROVIDER")
    sent = [
        {"sealed_offer": base64.b64encode(market.sealed_offer(auction, alice, "alice-1", offer)).decode()}
        for offer in (OFFER, Offer(UNITS, Decimal(99)))
    ]
    maxima = {name: BID[name] for name in ("client_bid_id", "max_units", "max_pay_bps")}
    return send(alice, auction, maxima | sent[0], sent[1])


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
    drift = {"max_drift_bps": bid.max_drift_bps}
    who, salt = pseudonym_of(key, bid.provider_id), salt_of(key, bid.provider_id, bid.client_bid_id)
    named = {"provider_id": bid.provider_id, "client_bid_id": bid.client_bid_id}
    return [
        offer
        for offer in OFFERS
        if bytes(bid.digest) == digest_of(pseudonym=who, offer=offer, salt=salt, **drift, **known)
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
    assert matches(bid, load_seals([bid.auction_id])[bid.auction_id].key) == [OFFER]


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


class TestSealedByItsProvider:
    def test_the_edge_stands_nowhere_in_the_database(self, own_bid) -> None:
        steps, offered = f"{int(EDGE * 10_000):016x}", encode_offer(OFFER).hex()
        held = list(dump())
        assert any(table == "auctions_auction.offer_private_key" and value for table, value in held)
        assert [place for place, value in held if any(secret in value for secret in ("123.45", steps, offered))] == []
        assert (own_bid.units, own_bid.edge_bps, own_bid.all_or_none, own_bid.min_units) == (None, None, None, None)

    def test_trying_every_edge_and_size_finds_nothing_even_with_the_auctions_key(self, own_bid) -> None:
        key = load_seals([own_bid.auction_id])[own_bid.auction_id].key
        assert [matches(own_bid, guess) for guess in (b"", bytes(32), key)] == [[], [], []]

    def test_digest_and_fingerprint_are_of_what_was_sent_and_say_no_more_about_it(self, own_bid) -> None:
        """With the auction's key both can be computed, from the ciphertext that is stored beside them."""
        seal = load_seals([own_bid.auction_id])[own_bid.auction_id]
        maxima = own_bid.max_units, own_bid.max_pay_bps, own_bid.max_drift_bps
        sent = SealedPromise(own_bid.auction_id, seal.public_key, bytes(own_bid.sealed_offer), *maxima)
        named = own_bid.provider_id, own_bid.client_bid_id
        assert bytes(own_bid.digest) == sent.digest(pseudonym_of(seal.key, named[0]), salt_of(seal.key, *named))
        assert bytes(own_bid.fingerprint) == sent.fingerprint(seal.key, *named)

    def test_whatever_the_dump_or_the_process_that_took_it_in_holds_opens_nothing(self, own_bid) -> None:
        auction, seal = own_bid.auction, load_seals([own_bid.auction_id])[own_bid.auction_id]
        wrapped = bytes(auction.offer_private_key)
        for guess in (bytes(32), seal.key, seal.public_key, auction.id.bytes * 2, wrapped[:32], wrapped[12:44]):
            assert read_offer(guess, bytes(own_bid.sealed_offer)) is None
        with pytest.raises(SealBroken):
            seal.open(own_bid)

    def test_with_the_key_that_the_close_releases_it_is_read(self, own_bid) -> None:
        released = load_seals_to_open([own_bid.auction])[own_bid.auction_id].private_key
        assert read_offer(released, bytes(own_bid.sealed_offer)) == OFFER

    def test_answers_and_requests_hold_maxima_and_ciphertext_only(self, own_bid) -> None:
        answers = [value for place, value in dump() if place == "backstop_storedanswer.answer"]
        assert len(answers) == 2
        assert all('"max_units": 40' in value and '"units": null' in value for value in answers)
