"""The last hour as charts: a point for each book that came in it, which leads to its story."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from auctions.lifecycle import StepKind
from auctions.models import Book
from auctions.queries.last_hour import WentThrough, list_gone_through
from backstop import clock
from backstop.admin.scoping import within

HOUR = timedelta(hours=1)


def charts_of_hour(request: HttpRequest) -> dict[str, Any]:
    """In JSON, of the venues that who asks may see: when each book came (`at`, in seconds since 1970), its name and its
    story's address, and for each chart the series' values in the same order, null where a book has none. Values are
    for drawing, and rounded as floats are."""
    books = list_gone_through(within(request, Book.objects.all()), clock.now() - HOUR)
    placed = [_series(kind.value, [book.notional.get(kind.value) for book in books]) for kind in StepKind]
    edges = [_series("highest edge", [book.highest_edge_bps for book in books])]
    return {
        "at": [book.received_at.timestamp() for book in books],
        "names": [book.reference for book in books],
        "stories": [reverse("board-book", args=[book.id]) for book in books],
        "charts": [
            {"title": "Placed by step, notional", "series": placed},
            {"title": "Edges, bps", "series": edges},
            {"title": "Time to place, seconds", "series": [{"label": "seconds", "values": list(map(_seconds, books))}]},
        ],
    }


def _series(label: str, values: Sequence[Decimal | None]) -> dict[str, Any]:
    return {"label": label, "values": [None if each is None else float(each) for each in values]}


def _seconds(book: WentThrough) -> float | None:
    return None if book.placed_at is None else (book.placed_at - book.received_at).total_seconds()
