"""How books went that came lately: how much of each went at which step, for how much, and how long it took."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from auctions.lifecycle import FAILED
from auctions.models import Award, Book, Lot

MOST = 1000  # books, the latest


@dataclass(slots=True)
class WentThrough:
    """A book: notional awarded by kind of step, and the highest edge, of what stands; `placed_at` once all of its lots
    have ended."""

    id: UUID
    reference: str
    received_at: datetime
    notional: dict[str, Decimal] = field(default_factory=dict)
    highest_edge_bps: Decimal | None = None
    placed_at: datetime | None = None


def list_gone_through(books: QuerySet[Book], since: datetime) -> list[WentThrough]:
    """Of these books those that came since then, drills aside, in order of arrival: at most `MOST`, the latest. Three
    queries."""
    real = books.filter(created_at__gte=since, asset__shadow_of=None).order_by("-created_at")
    rows = list(real.values_list("id", "reference", "received_at")[:MOST])
    found = {book_id: WentThrough(book_id, name, received_at) for book_id, name, received_at in reversed(rows)}
    ids: Sequence[UUID] = list(found)
    edges: defaultdict[UUID, list[Decimal]] = defaultdict(list)
    for book_id, kind, notional, edge in _by_step(ids):
        found[book_id].notional[kind] = notional
        edges[book_id].append(edge)
    for book_id, several in edges.items():
        found[book_id].highest_edge_bps = max(several)
    lots = Lot.objects.filter(book__in=ids, book_version=F("book__version")).order_by().values_list("book")
    for book_id, ended_at, count, ended in lots.annotate(Max("ended_at"), Count("id"), Count("ended_at")):
        found[book_id].placed_at = ended_at if count == ended else None
    return list(found.values())


def _by_step(book_ids: Sequence[UUID]) -> QuerySet[Award, tuple[UUID, str, Decimal, Decimal]]:
    standing = Award.objects.filter(step__lot__book__in=book_ids).exclude(Q(settlement__state__in=FAILED)).order_by()
    kinds = standing.values_list("step__lot__book", "step__kind")
    return kinds.annotate(Sum("notional"), Max("edge_bps"))
