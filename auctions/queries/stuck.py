"""What of a market does not go on by itself, or not yet: for whoever can mend it. Nothing is locked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, F, Model, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from accounts.lifecycle import ApprovalState
from accounts.models import Approval
from auctions.lifecycle import AuctionState, StepState
from auctions.models import (
    VENUE_OF,
    Auction,
    Book,
    Drill,
    Markout,
    ProviderFault,
    Settlement,
    Step,
    TakeOver,
)
from backstop.models.base import Swept

# The rows that belong to a book, and how they lead to it; the others are known by their pages alone.
_BOOK_OF: Mapping[type[Model], str] = MappingProxyType(
    {
        Book: "",
        Step: "lot__book__",
        Auction: "step__lot__book__",
        Settlement: "book__",
        ProviderFault: "book__",
        TakeOver: "book__",
        Markout: "award__step__lot__book__",
        Drill: "book__",
    }
)


class Keeps(StrEnum):
    """What keeps a row: a sweep failed on it (ASIDE), its auction is HALTED, a step has no room under a cap (CAPPED) or
    is STOPPED by marks or a breaker, or a second person is ASKED."""

    ASIDE = "ASIDE"
    HALTED = "HALTED"
    CAPPED = "CAPPED"
    STOPPED = "STOPPED"
    ASKED = "ASKED"


@dataclass(frozen=True, slots=True)
class Stuck:
    """A row that is kept, by what and why, and until when at the latest it is by itself. `book_id` and `called`, the
    book's reference, where it is of one; of an approval `called` is what was asked for. `why` a step waits for room is
    the cap's scope."""

    keeps: str
    model: str
    id: UUID
    venue_id: UUID
    book_id: UUID | None
    called: str
    why: str
    until: datetime | None


def list_stuck(venue_id: UUID | None, now: datetime) -> QuerySet[Any, tuple[Any, ...]]:
    """The fields of `Stuck` of all that is kept at a venue, or at all of them, what ends first before the others."""
    ready = Step.objects.filter(state=StepState.READY, retry_at=None)
    scope = Coalesce("waits_for__product_group__code", "waits_for__venue__code")
    halted = Auction.objects.filter(state=AuctionState.HALTED)
    found = [
        *_aside(),
        _of(Keeps.HALTED, halted, "halt_reason", "halt_ends_at"),
        _of(Keeps.CAPPED, ready.exclude(waits_for=None), scope, "queue_ends_at"),
        _of(Keeps.STOPPED, ready.filter(waits_for=None).exclude(stopped_at=None), Value(""), "patient_until"),
        _asked(now),
    ]
    return _joined(found, venue_id).order_by(F("until").asc(nulls_last=True), "row")


def count_aside(venue_id: UUID) -> int:
    """How many rows of a venue a sweep failed on, and nobody has worked off since."""
    return _joined(_aside(), venue_id).count()


def _joined(found: Iterable[Any], venue_id: UUID | None) -> Any:
    only = Q() if venue_id is None else Q(of_venue=venue_id)
    first, *others = (rows.filter(only) for rows in found)
    return first.union(*others, all=True)


def _aside() -> list[Any]:
    swept: list[Any] = [model for model in VENUE_OF if issubclass(model, Swept)]
    return [_of(Keeps.ASIDE, model.objects.exclude(retry_at=None), "parked_reason", "retry_at") for model in swept]


def _of(keeps: Keeps, rows: Any, why: str | Combinable, until: str) -> Any:
    path = _BOOK_OF.get(rows.model)
    nobodys: Any = Cast(Value(None), UUIDField())
    book = nobodys if path is None else F(f"{path}id")
    called = Value("") if path is None else F(f"{path}reference")
    return _columns(keeps, rows, F(VENUE_OF[rows.model]), book, called, why, F(until))


def _asked(now: datetime) -> Any:
    rows = Approval.objects.filter(state=ApprovalState.ASKED, lapses_at__gt=now)
    nobodys = Cast(Value(None), UUIDField())
    return _columns(Keeps.ASKED, rows, F("venue"), nobodys, F("operation"), "reason", F("lapses_at"))


def _columns(keeps: Keeps, rows: Any, venue: Any, book: Any, called: Any, why: Any, until: Any) -> Any:
    text = TextField()
    columns = {
        "keeps_it": Value(keeps.value, text),
        "row_of": Value(rows.model._meta.label_lower, text),
        "row": F("id"),
        "of_venue": venue,
        "of_book": book,
        "called": Cast(called, text),
        "why": Cast(why, text),
        "until": Cast(until, DateTimeField()),
    }
    return rows.order_by().annotate(**columns).values_list(*columns)
