"""What the funds hold, and the marks that it is valued at."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from auctions.models import FundInventory, TakeOver
from backstop.clock import DatabaseNow
from backstop.queries import list_known_prices
from backstop.values.marks import NOTHING_KNOWN, reference_of


def list_inventory() -> QuerySet[FundInventory]:
    """What funds hold as of `read_at`, each with the take-overs `under_way` of its instrument, oldest first."""
    rows = TakeOver.objects.filter(TakeOver.UNDER_WAY).select_related("asset").order_by("number")
    under_way = Prefetch("instrument__take_overs", rows, to_attr="under_way")
    return (
        FundInventory.objects.annotate(read_at=DatabaseNow()).select_related("instrument").prefetch_related(under_way)
    )


def marks_of_take_overs(rows: Iterable[TakeOver], now: datetime) -> dict[UUID, Decimal]:
    """The mark in force of each of these take-overs that has one, by the terms of the book that it came with."""
    rows = list(rows)
    prices = list_known_prices({row.instrument_id for row in rows})
    found = {}
    for row in rows:
        known = prices.get(row.instrument_id, NOTHING_KNOWN)
        found[row.id] = reference_of(known, row.book.playbook.mark_terms, now).price
    return {row_id: price for row_id, price in found.items() if price is not None}
