"""Drives the market in tests: books in, sweeps until nothing is due, and what the ledger must say afterwards."""

import base64
import json
import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from accounts.models import Account, ApiKey, Provider
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import PROVIDER_SCOPES
from auctions.desks.drafts import BookOrder, PositionOrder
from auctions.desks.dutch import TakeOrder
from auctions.models import Auction, Bid, Book, Playbook, Take, Transcript
from auctions.offline.documents import read_document
from auctions.offline.inputs import parse
from auctions.operations.provider.place_bids import BidOrder, Placed, place_bids
from auctions.operations.provider.take_units import take_units
from auctions.operations.venue.receive_books import receive_books
from auctions.rules.encryption import binding_of
from auctions.rules.provider_sealing import seal_offer
from auctions.rules.sealing import Offer
from auctions.rules.transcript import TranscriptDocument
from auctions.rules.verification import differences
from auctions.tasks import STAGES, run_stage
from backstop.models import Mark, Venue
from backstop.values.keyrings import NONCE_BYTES, Keyring
from tests import builders as build
from tests.builders import perform


def a_market(travel: Any = None, *, fund: str = "100000", coins: bool = False) -> Venue:
    """A venue with bitcoin perpetuals at 20,000, with `coins` also ether at 200; its clock stands if it may travel."""
    if travel is not None:
        travel.freeze()
    venue = build.a_venue(fund=fund)
    build.an_instrument(venue, "BTC-PERP", price="20000")
    if coins:
        build.an_instrument(venue, "ETH-USD", build.SPOT, product_group="COINS", price="200", margin_rate="0")
    return venue


def position(instrument: str, side: str, quantity: str, entry_price: str | None = None, **fields: Any) -> PositionOrder:
    entry = Decimal(entry_price) if entry_price else None
    return PositionOrder(instrument, side, Decimal(quantity), entry, **fields)


def a_book(venue: Venue, *positions: PositionOrder, reference: str = "book-1", cash: str = "0", **fields: Any) -> Book:
    order = BookOrder(reference=reference, positions=positions, cash=Decimal(cash), **fields)
    return receive(venue, [order])[0]


def receive(venue: Venue, orders: Sequence[BookOrder]) -> list[Book]:
    return perform(receive_books, venue_id=venue.id, orders=orders)


def take(
    provider: Provider, auction: Auction, name: str = "t1", units: int = 10, floor: str | None = None, **guards: Any
) -> Take:
    """Take by a key of the provider, at any edge unless a floor is given."""
    if floor is not None:
        guards["edge_floor_bps"] = Decimal(floor)
    key = provider.api_keys.first() or issued_key(provider)
    order = TakeOrder(name, units, **guards)
    return perform(take_units, key_id=key.id, provider_id=provider.id, auction_id=auction.id, order=order)


def issued_key(provider: Provider) -> ApiKey:
    return perform(issue_key, venue=provider.venue, provider=provider, scopes=PROVIDER_SCOPES)[0]


def sweep(*stages: str) -> int:
    """Run these stages (all unless said) until nothing is due at this instant; how many rows were worked on."""
    worked = 0
    while done := sum(run_stage(stage) for stage in stages or STAGES):
        worked += done
        assert worked < 10_000, "the sweeps never come to rest"
    return worked


def total_of(venue: Venue) -> Decimal:
    """The sum over all accounts: zero, always."""
    return Account.objects.filter(venue=venue).aggregate(total=Sum("posted"))["total"] or Decimal(0)


def posted(account_id: UUID) -> Decimal:
    return Account.objects.get(id=account_id).posted


def sealed_offer(auction: Auction, provider: Provider, name: str, offer: Offer) -> bytes:
    """What the provider sends as its bid of this name in an auction whose bids are sealed by their providers."""
    binding = binding_of(auction.id, provider.id, name)
    fresh = {"ephemeral_key": secrets.token_bytes(32), "nonce": secrets.token_bytes(NONCE_BYTES)}
    return seal_offer(offer, bytes(auction.offer_public_key or b""), binding, **fresh)


def a_playbook(venue: Venue, **fields: Any) -> Playbook:
    values = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000", "mark_max_age_seconds": 60, **fields}
    return build.a_playbook(venue, **values)


def a_bidder(venue: Venue, name: str = "Alice", **fields: Any) -> Provider:
    provider = build.a_provider(venue, name, **fields)
    build.a_provider_key(provider)
    return provider


def an_auction(venue: Venue, reference: str = "book-1", **fields: Any) -> Auction:
    """A sealed auction of 100 units of 400 each."""
    book = a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference=reference, **fields)
    sweep()
    return Auction.objects.get(step__lot__book=book)


def order(
    auction: Auction | UUID,
    name: str = "b1",
    units: int = 10,
    edge: str = "100",
    max_units: int | None = None,
    max_pay: str = "0",
) -> BidOrder:
    auction_id = auction if isinstance(auction, UUID) else auction.id
    return BidOrder(auction_id, name, units, Decimal(edge), max_units or units, Decimal(max_pay))


def place(provider: Provider, *orders: BidOrder) -> list[Placed]:
    return perform(place_bids, key_id=provider.api_keys.get().id, provider_id=provider.id, orders=orders)


def code(provider: Provider, *args: Any, **fields: Any) -> str | None:
    return place(provider, order(*args, **fields))[0].code


def mark_again(price: str = "20000") -> None:
    build.a_mark(Mark.objects.get().instrument, price)


def close(auction: Auction, travel: Any) -> Auction:
    travel.to(auction.closes_at)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    return auction


def a_dutch_playbook(venue: Venue, **fields: Any) -> Playbook:
    return a_playbook(venue, **{"sealed_seconds": 1, "max_reopenings": 0, "max_retries": 0, **fields})


def a_dutch_auction(venue: Venue, travel: Any, reference: str = "book-1", cash: str = "3000", **fields: Any) -> Auction:
    """A Dutch auction, 100 units of 400 each unless commitments took some."""
    book = a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash=cash, reference=reference, **fields)
    sweep()
    travel(seconds=1)
    sweep()
    return Auction.objects.get(step__lot__book=book, kind="DUTCH")


def shown(bid: Bid) -> tuple[int | None, Decimal | None, bool | None, int | None]:
    bid.refresh_from_db()
    return bid.units, bid.edge_bps, bid.all_or_none, bid.min_units


def keyring(*names: str) -> Keyring:
    return Keyring.from_text(",".join(f"{name}:{base64.b64encode(name.encode().ljust(32)).decode()}" for name in names))


def transcript_of(auction: Auction) -> TranscriptDocument:
    """The auction's transcript as it was stored; it holds."""
    transcript = read_document(TranscriptDocument, parse(json.dumps(Transcript.objects.get(auction=auction).document)))
    assert list(differences(transcript, [], [settings.SIGNING_KEY.public_key])) == []
    return transcript


def transcript_after_close(client: Any, auction: Auction, travel: Any) -> Any:
    """The transcript as the API shows it, once the auction is over."""
    travel.to(auction.closes_at)
    sweep("close_auctions")
    return client.get(f"/v1/auctions/{auction.id}/transcript").json()
