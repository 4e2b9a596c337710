"""Outages: what waits at a venue, and who may still act, has back the time in which nothing ran.

Guarantees that every deadline (`DeadlineField`) of a book under way, and the notice of every commitment, is later by as
long as that lasted.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Case, DurationField, ExpressionWrapper, F, Model, QuerySet, Value, When
from django.db.models.functions import Greatest

from auctions.desks import news
from auctions.events import AuctionResumed
from auctions.lifecycle import UNDER_WAY, AuctionState
from auctions.models import Auction, Book, CancelSwitch, ProviderFault, Settlement, Step
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import DeadlineField, Stateful, save_changes
from backstop.record import record_events

# How the rows lead to the book that they wait for. Auctions put off their deadlines themselves.
_BOOK_OF: Mapping[type[Stateful], str] = MappingProxyType(
    {Book: "id", Step: "lot__book", Settlement: "book", ProviderFault: "book"}
)


def put_off_deadlines(last_beats: Mapping[UUID, datetime], now: datetime) -> None:
    """Let whatever was under way at these venues go on as if no time had passed since their last beats, where that is
    an outage by its playbook."""
    under_way = Book.objects.filter(venue__in=last_beats, state__in=Book.lifecycle.under_way)
    locked = lock_rows(Lock.BOOK_ROW, under_way.select_related("playbook", "venue__heartbeat"))
    books: dict[UUID, list[UUID]] = defaultdict(list)
    for book in locked:
        if book.last_beat.lost_since(now) is not None:
            books[book.venue_id].append(book.id)
    _put_off_switches({venue_id: last_beats[venue_id] for venue_id in books}, now)
    _put_off_auctions([book_id for ids in books.values() for book_id in ids], now)
    for venue_id, ids in books.items():
        for model, its_book in _BOOK_OF.items():
            rows: QuerySet[Any] = model._default_manager.filter(**{f"{its_book}__in": ids})
            later = _later(model, last_beats[venue_id], now)
            rows.filter(state__in=model.lifecycle.under_way).update(**later)


def _put_off_switches(since: Mapping[UUID, datetime], now: datetime) -> None:
    """Whoever could not be heard was not silent."""
    armed = CancelSwitch.objects.filter(provider__venue__in=since, cancels_at__isnull=False)
    switches = lock_rows(Lock.CANCEL_SWITCH_ROW, armed.select_related("provider"))
    for switch in switches:
        switch.put_off(since[switch.provider.venue_id], now)
    save_changes(switches)


def _put_off_auctions(books: list[UUID], now: datetime) -> None:
    auctions = Auction.objects.filter(step__lot__book__in=books, state__in=UNDER_WAY)
    # Bids share this lock, takes hold it: whoever waits for it finds the deadlines put off, and the beat.
    lock(Lock.AUCTION, list(auctions.values_list("id", flat=True)))
    under_way = auctions.select_related("venue__heartbeat", "step__lot__book__playbook", "step__lot__book__asset")
    stood = [auction for auction in under_way if auction.make_up_for_outage(auction.step.lot.book.playbook, now)]
    save_changes(stood)
    went_on = [auction for auction in stood if auction.state == AuctionState.OPEN]
    record_events([*map(news.stood, went_on), *(news.moved(auction, AuctionResumed) for auction in went_on)])


def _later(model: type[Model], since: datetime, now: datetime) -> dict[str, Case]:
    """Each of its deadlines that was not over at `since`: later by what has passed since then, or since the row is
    there."""
    lost = ExpressionWrapper(Value(now) - Greatest("created_at", Value(since)), output_field=DurationField())
    fields = [field for field in model._meta.concrete_fields if isinstance(field, DeadlineField)]
    return {
        field.name: Case(
            When(**{f"{field.name}__gt": since}, then=F(field.name) + lost), default=F(field.name), output_field=field
        )
        for field in fields
    }
