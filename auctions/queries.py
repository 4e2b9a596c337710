"""What is due: the ids that each sweep works on next, oldest first. The row is the queue.

Called by auctions.tasks, and by readiness for how late the market clock is. Rows that failed stand aside until their
`retry_at`. And what a venue's new books go by.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from auctions.lifecycle import AuctionState, BookState, SettlementState, StepKind, StepState
from auctions.models import Auction, Book, Lot, Playbook, Settlement, Step
from auctions.rules.waterfall import AUCTIONED
from backstop.values.marks import MarkTerms


def due_to_route(now: datetime, limit: int) -> list[UUID]:
    """Books that were received or amended."""
    return _oldest(Book.objects.filter(state__in=[BookState.RECEIVED, BookState.AMENDED]), "received_at", now, limit)


def due_to_assign(now: datetime, limit: int) -> list[UUID]:
    """ASSIGN steps that are ready."""
    return _ready([StepKind.ASSIGN], now, limit)


def due_to_open(now: datetime, limit: int) -> list[UUID]:
    """Steps that need an auction."""
    return _ready(AUCTIONED, now, limit)


def due_to_close(now: datetime, limit: int) -> list[UUID]:
    """Auctions whose window is over, and halted ones."""
    due = Q(state=AuctionState.OPEN, closes_at__lte=now) | Q(state=AuctionState.HALTED)
    return _oldest(Auction.objects.filter(due), "closes_at", now, limit)


def due_to_settle(now: datetime, limit: int) -> list[UUID]:
    """Settlements that are confirmed."""
    return _oldest(Settlement.objects.filter(state=SettlementState.CONFIRMED), "created_at", now, limit)


def due_to_expire(now: datetime, limit: int) -> list[UUID]:
    """Settlements whose time for confirming is over."""
    late = Settlement.objects.filter(state=SettlementState.AWAITING, confirm_by__lte=now)
    return _oldest(late, "confirm_by", now, limit)


def due_to_pass_on(now: datetime, limit: int) -> list[UUID]:
    """Steps whose settlements are all final."""
    waiting = Settlement.objects.filter(
        award__step=OuterRef("pk"), state__in=[SettlementState.AWAITING, SettlementState.CONFIRMED]
    )
    return _oldest(Step.objects.filter(~Exists(waiting), state=StepState.SETTLING), "due_at", now, limit)


def due_to_fund(now: datetime, limit: int) -> list[UUID]:
    """FUND steps that are ready."""
    return _ready([StepKind.FUND], now, limit)


def due_to_return(now: datetime, limit: int) -> list[UUID]:
    """RETURN steps that are ready."""
    return _ready([StepKind.RETURN], now, limit)


def due_to_wind_up(now: datetime, limit: int) -> list[UUID]:
    """Books whose lots have all ended."""
    under_way = Lot.objects.filter(book=OuterRef("pk"), ended_at__isnull=True)
    return _oldest(Book.objects.filter(~Exists(under_way), state=BookState.ROUTED), "received_at", now, limit)


def _ready(kinds: Any, now: datetime, limit: int) -> list[UUID]:
    return _oldest(Step.objects.filter(kind__in=kinds, state=StepState.READY, due_at__lte=now), "due_at", now, limit)


def _oldest(rows: QuerySet[Any], order: str, now: datetime, limit: int) -> list[UUID]:
    able = rows.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=now))
    return list(able.order_by(order, "id").values_list("id", flat=True)[:limit])


def get_lateness_seconds(now: datetime) -> float:
    """How long ago the earliest auction that is still open should have been closed; zero where none is late."""
    earliest = (
        Auction.objects.filter(state=AuctionState.OPEN)
        .order_by("closes_at")
        .values_list("closes_at", flat=True)
        .first()
    )
    return max((now - earliest).total_seconds(), 0.0) if earliest else 0.0


def get_mark_terms(venue_id: UUID) -> MarkTerms:
    """Which marks a venue's new books are priced with: by its newest playbook, or by what one starts from."""
    return (Playbook.objects.filter(venue=venue_id).order_by("-version").first() or Playbook()).mark_terms
