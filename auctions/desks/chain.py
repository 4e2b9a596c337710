"""The chain of each book: what every step of it was decided by, signed in the transaction that decides it.

Guarantees that a link names the one before it, and that who took part stands in it under names that hold for it alone.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from auctions.desks.work import Remainder, Work
from auctions.lifecycle import FAILED
from auctions.models import Award, Book, ChainLink, Lot, Step
from auctions.rules.budgets import Budget
from auctions.rules.chain.links import KINDS, Given, Link, LinkKind, Means, Span
from auctions.rules.chain.writing import digest_of_document, link_document, signed_link
from auctions.rules.sealing import pseudonym_of
from backstop.values.amounts import ZERO, round_down

UNSIGNED: Mapping[str, Any] = {"version": 0, "previous": (), "public_key": b"", "signature": b""}


class Names:
    """Names of providers and groups that hold for one link: nobody keeps what they were made with."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, party_id: UUID) -> str:
        return pseudonym_of(self._key, party_id)


@dataclass
class Chain:
    """The links of one batch of locked books, collected and then written at once."""

    now: datetime
    links: list[tuple[ChainLink, Link]] = field(default_factory=list)

    def add_step(self, kind: LinkKind, work: Remainder, of_lot: Iterable[Award], **said: Any) -> None:
        """Say what a step was decided by; `of_lot` are the awards of its lot until then."""
        step, lot = work.step, work.lot
        back = [a for a in of_lot if a.step.ordinal == step.ordinal - 1 and a.settlement.state in FAILED]
        said |= {
            "lot": lot.ordinal,
            "step": step.ordinal,
            "round": step.round,
            "units_in": step.units_in,
            "given_back": tuple(Span(award.first_unit, award.units) for award in sorted(back, key=_place)),
        }
        self._add(kind, work.book, lot, step, step.ordinal, said)

    def pass_step(self, work: Work, reason: str) -> None:
        """Say that the work's step ended without a decision."""
        self.add_step(LinkKind.PASSED, work, work.awards, passed=work.step.kind, reason=reason)

    def add_book(self, kind: LinkKind, book: Book, **said: Any) -> None:
        """Say how the book was routed, or closed."""
        self._add(kind, book, None, None, 0 if kind is LinkKind.INTAKE else 1, said)

    def _add(
        self, kind: LinkKind, book: Book, lot: Lot | None, step: Step | None, place: int, said: Mapping[str, Any]
    ) -> None:
        ours: Mapping[str, Any] = {
            **UNSIGNED,
            "kind": kind,
            "book_id": book.id,
            "book_version": book.version,
            "scale": book.asset.scale,
            "written_at": self.now,
        }
        row = ChainLink(book=book, book_version=book.version, lot=lot, step=step, place=place, kind=kind.value)
        self.links.append((row, KINDS[kind](**ours, **said)))

    def write(self) -> None:
        """Sign what was added, each with what is before it, and write it."""
        if not self.links:
            return
        before = _last_digests([row.book for row, _ in self.links if row.kind != LinkKind.INTAKE])
        for row, link in self.links:
            row.document = link_document(signed_link(replace(link, previous=before.of(row)), settings.SIGNING_KEY))
            row.digest = digest_of_document(row.document)
        ChainLink.objects.bulk_create([row for row, _ in self.links])


@dataclass(frozen=True, slots=True)
class _Before:
    """The digests of the last link of each lot, and of each book's intake."""

    lots: Mapping[UUID, Mapping[UUID, bytes]]
    intakes: Mapping[UUID, bytes]

    def of(self, row: ChainLink) -> tuple[bytes, ...]:
        """What stands before this row. What was routed by a program of before has no intake."""
        intake = (self.intakes[row.book_id],) if row.book_id in self.intakes else ()
        lots = self.lots.get(row.book_id, {})
        if row.lot_id is not None:
            return (lots[row.lot_id],) if row.lot_id in lots else intake
        return tuple(lots.values()) or intake


def _last_digests(books: Sequence[Book]) -> _Before:
    lots: dict[UUID, dict[UUID, bytes]] = {}
    intakes: dict[UUID, bytes] = {}
    if not books:
        return _Before(lots, intakes)
    mine = ChainLink.objects.filter(Q(lot__isnull=False) | Q(place=0), book__in=books, book_version=F("book__version"))
    last = mine.order_by("book", "lot__ordinal", "lot", "-place").distinct("book", "lot__ordinal", "lot")
    for book_id, lot_id, digest in last.values_list("book", "lot", "digest"):
        if lot_id is None:
            intakes[book_id] = bytes(digest)
        else:
            lots.setdefault(book_id, {})[lot_id] = bytes(digest)
    return _Before(lots, intakes)


def means_of(work: Remainder, marks: Mapping[UUID, Decimal], budget: Budget | None = None) -> Means:
    """What the work's lot can spend at these marks: by a `budget`, or else what is left of its own."""
    equity, budget = work.equities[work.book.id], budget or work.budget_at(marks)
    return Means(
        marks=texts_of(marks),
        free=tuple(Span(first, count) for first, count in work.free),
        notional=work.free_notional(marks),
        equity=round_down(max(equity.at(marks), ZERO), work.asset.scale),
        share=equity.share_of(work.lot.id, marks),
        unspent=work.lot.equity_budget,
        own=budget.equity,
        fund=budget.fund,
    )


def texts_of(marks: Mapping[UUID, Decimal]) -> dict[str, Decimal]:
    """Marks as links say them."""
    return {str(instrument_id): price for instrument_id, price in marks.items()}


def given_by(awards: Iterable[Award]) -> tuple[Given, ...]:
    """What these awards are, in the order of their units."""
    return tuple(
        Given(award.first_unit, award.units, award.edge_bps, award.fund_part) for award in sorted(awards, key=_place)
    )


def _place(award: Award) -> int:
    return award.first_unit
