"""Drives the market in tests: books in, sweeps until nothing is due, and what the ledger must say afterwards."""

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from accounts.models import Account, ApiKey, Provider
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import PROVIDER_SCOPES
from auctions.desks.drafts import BookOrder, PositionOrder
from auctions.desks.dutch import TakeOrder
from auctions.models import Auction, Book, Take
from auctions.operations.provider.take_units import take_units
from auctions.operations.venue.receive_books import receive_books
from auctions.rules.encryption import binding_of
from auctions.rules.provider_sealing import seal_offer
from auctions.rules.sealing import Offer
from auctions.tasks import STAGES, run_stage
from backstop.models import Venue
from backstop.values.keyrings import NONCE_BYTES
from tests.builders import perform


def position(instrument: str, side: str, quantity: str, entry_price: str | None = None, **fields: Any) -> PositionOrder:
    entry = Decimal(entry_price) if entry_price else None
    return PositionOrder(instrument, side, Decimal(quantity), entry, **fields)


def a_book(venue: Venue, *positions: PositionOrder, reference: str = "book-1", cash: str = "0", **fields: Any) -> Book:
    order = BookOrder(reference=reference, positions=positions, cash=Decimal(cash), **fields)
    return receive(venue, [order])[0]


def receive(venue: Venue, orders: Sequence[BookOrder]) -> list[Book]:
    return perform(receive_books, venue_id=venue.id, orders=orders)


def take(provider: Provider, auction: Auction, name: str = "t1", units: int = 10, **guards: Any) -> Take:
    """Take by a key of the provider, at any edge unless a floor is given."""
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
