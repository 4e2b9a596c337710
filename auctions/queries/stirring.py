"""What of a market may have to be known at once, found in one query: for pages that are asked for all the time."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Q, TextField, UUIDField, Value
from django.db.models.functions import Cast

from auctions.lifecycle import BOOK, AlertState, AuctionState
from auctions.models import Alert, Auction, Book
from auctions.queries.under_way import list_breakers_in_force

FEW = 6  # rows of a kind: who names five sees whether there are more


class Stirs(StrEnum):
    """An ALERT that nobody has acknowledged; a BREAKER in force; why auctions are HALTED; a BOOK under way."""

    ALERT = "ALERT"
    BREAKER = "BREAKER"
    HALTED = "HALTED"
    BOOK = "BOOK"


@dataclass(frozen=True, slots=True)
class Stirring:
    """An alert and what it says, the latest first; a reason of halts and how many, the most first. Of breakers and
    books only that there is one."""

    id: UUID | None
    said: str
    count: int


def list_stirring(venue_id: UUID | None) -> dict[Stirs, list[Stirring]]:
    """Of a venue, or of all of them; nothing of drills but that a book is under way."""
    only = Q() if venue_id is None else Q(venue=venue_id)
    raised = Alert.objects.filter(only, state=AlertState.RAISED).order_by("-raised_at", "created_at")
    halted = Auction.objects.filter(only, state=AuctionState.HALTED, step__lot__book__asset__shadow_of=None)
    reasons = halted.order_by().values("halt_reason").annotate(count=Count("id")).order_by("-count", "halt_reason")
    breakers = list_breakers_in_force().filter(only).order_by()
    books = Book.objects.filter(only).exclude(state__in=BOOK.final).order_by()
    nobodys = Cast(Value(None), UUIDField())
    parts = (
        _of(Stirs.ALERT, raised, F("id"), F("text"), Value(1))[:FEW],
        _of(Stirs.BREAKER, breakers, F("id"), Value(""), Value(1))[:1],
        _of(Stirs.HALTED, reasons, nobodys, F("halt_reason"), F("count")),
        _of(Stirs.BOOK, books, F("id"), Value(""), Value(1))[:1],
    )
    found: dict[Stirs, list[Stirring]] = defaultdict(list)
    first, *others = parts
    for kind, *row in first.union(*others, all=True):
        found[Stirs(kind)].append(Stirring(*row))
    return found


def _of(kind: Stirs, rows: Any, row: Any, said: Any, count: Any) -> Any:
    columns = {
        "kind_of_it": Value(kind.value, TextField()),
        "row": row,
        "said": Cast(said, TextField()),
        "many": Cast(count, IntegerField()),
    }
    return rows.annotate(**columns).values_list(*columns)
