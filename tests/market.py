"""Drives the market in tests: books in, sweeps until nothing is due, and what the ledger must say afterwards."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from accounts.models import Account
from auctions.models import Book
from auctions.operations.drafting import BookOrder, PositionOrder
from auctions.operations.intake import receive_books
from auctions.tasks import STAGES, run_stage
from backstop.models import Venue
from backstop.transactions import perform


def position(instrument: str, side: str, quantity: str, entry_price: str | None = None, **fields: Any) -> PositionOrder:
    entry = Decimal(entry_price) if entry_price else None
    return PositionOrder(instrument, side, Decimal(quantity), entry, **fields)


def a_book(venue: Venue, *positions: PositionOrder, reference: str = "book-1", cash: str = "0", **fields: Any) -> Book:
    order = BookOrder(reference=reference, positions=positions, cash=Decimal(cash), **fields)
    return receive(venue, [order])[0]


def receive(venue: Venue, orders: Sequence[BookOrder]) -> list[Book]:
    return perform(receive_books, venue_id=venue.id, orders=orders)


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
