"""What is shown of books, auctions and caps, each with what stands beside it: nothing is locked.

Each needs a fixed number of queries, however many rows there are. Whoever shows them filters and orders.
"""

from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet

from accounts.models import Provider
from auctions.lifecycle import StepState
from auctions.models import (
    Auction,
    Award,
    Book,
    Cap,
    Drill,
    DrillRecord,
    KeptPosition,
    Lot,
    Markout,
    Position,
    Step,
)
from auctions.queries.breakers import AUCTION_LEVEL
from backstop.clock import DatabaseNow
from backstop.models import Venue

CURRENT = Q(book_version=F("book__version"))  # what is of the book as it is now


def list_auctions() -> QuerySet[Auction]:
    """Auctions as of `read_at`, with the breaker's `level_set` and the positions of their lots."""
    auctions = Auction.objects.annotate(read_at=DatabaseNow(), level_set=AUCTION_LEVEL)
    auctions = auctions.select_related("step__lot__book__asset", "step__lot__book__playbook", "venue__heartbeat")
    return auctions.prefetch_related("step__lot__positions__instrument__product_group")


def list_books() -> QuerySet[Book]:
    """Books with what their accounts keep."""
    kept = list_kept_positions().filter(CURRENT).order_by("ordinal")
    books = Book.objects.select_related("asset", "playbook", "owner_group")
    return books.prefetch_related(Prefetch("kept_positions", kept))


def list_books_in_full() -> QuerySet[Book]:
    """The same with positions, lots, steps and awards; `earlier_positions` are those of versions that were amended."""
    steps = list_steps().select_related("auction").order_by("ordinal")
    steps = steps.prefetch_related(Prefetch("awards", list_awards().order_by("created_at", "id")))
    lots = list_lots().filter(CURRENT).order_by("ordinal")
    positions = list_positions().order_by("book_version", "ordinal")
    return list_books().prefetch_related(
        Prefetch("positions", positions.filter(CURRENT)),
        Prefetch("positions", positions.exclude(CURRENT), to_attr="earlier_positions"),
        Prefetch("lots", lots.prefetch_related(Prefetch("steps", steps))),
    )


def list_positions() -> QuerySet[Position]:
    """Positions with the lots that they went into."""
    return Position.objects.select_related("instrument", "lot")


def list_kept_positions() -> QuerySet[KeptPosition]:
    """What is not sold of books of which only a part is."""
    return KeptPosition.objects.select_related("instrument")


def list_lots() -> QuerySet[Lot]:
    """Lots with their product groups, and what is wished for them."""
    return Lot.objects.select_related("product_group", "wish")


def list_steps() -> QuerySet[Step]:
    """Steps with the caps that they wait for."""
    return Step.objects.select_related("waits_for__product_group")


def list_awards() -> QuerySet[Award]:
    """Awards with who got them and how far their settlements are."""
    return Award.objects.select_related("provider", "settlement")


def list_awards_with_positions() -> QuerySet[Award]:
    """Awards with what a provider is shown of them."""
    awards = list_awards().select_related("step__auction", "step__lot__book__asset")
    return awards.prefetch_related("step__lot__positions__instrument")


def list_markouts() -> QuerySet[Markout]:
    """Markouts with their awards, and how far the settlements of these are."""
    return Markout.objects.select_related("provider", "award__settlement")


def list_drills(venue: Venue, provider: Provider | None = None) -> QuerySet[Drill]:
    """Drills of a venue with how everybody did, or those that a provider was invited to with how it did itself."""
    records = DrillRecord.objects.select_related("provider").order_by("provider__name")
    drills = Drill.objects.filter(venue=venue).select_related("book__asset")
    if provider is not None:
        records = records.filter(provider=provider)
        drills = drills.filter(records__provider=provider)
    positions = Position.objects.filter(CURRENT).select_related("instrument__product_group")
    return drills.prefetch_related(Prefetch("records", records), Prefetch("book__positions", positions))


def list_waiting_steps() -> QuerySet[Step]:
    """Steps that wait for room under a cap, the longest first."""
    waiting = list_steps().filter(state=StepState.READY, queued_at__isnull=False)
    return waiting.select_related("lot__book__playbook", "waits_for__venue").order_by("queued_at", "id")


def count_waiting(caps: QuerySet[Cap]) -> QuerySet[Any]:
    """These caps, each with how many `lots_waiting` there are for room under it."""
    return caps.annotate(lots_waiting=Count("waiting", filter=Q(waiting__state=StepState.READY)))
