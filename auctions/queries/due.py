"""What is due: the ids that each sweep works on next, oldest first. The row is the queue.

Rows that failed stand aside until their `retry_at`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from auctions.lifecycle import (
    AUCTIONED,
    SETTLEMENT,
    WATERFALL,
    AuctionState,
    BookState,
    SettlementState,
    StepKind,
    StepState,
)
from auctions.models import Auction, Book, Heartbeat, Lot, Settlement, Step
from auctions.queries.breakers import AUCTION_LEVEL
from auctions.rules.breaker import Level
from auctions.rules.valuation import drift_bps
from backstop.queries import list_source_prices
from backstop.values.marks import MarkTerms, reference_of

HEARTBEAT_LASTS = timedelta(seconds=2)


def due_to_route(now: datetime, limit: int) -> list[UUID]:
    """Books that were received or amended."""
    return _oldest(Book.objects.filter(state__in=[BookState.RECEIVED, BookState.AMENDED]), "received_at", now, limit)


def due_to_carry_out(sweep: str, now: datetime, limit: int) -> list[UUID]:
    """Steps that are ready, of the kinds that this sweep works, where these need no auction."""
    kinds = [step.kind for step in WATERFALL.values() if step.sweep == sweep]
    return _oldest(Step.objects.filter(kind__in=kinds, state=StepState.READY, due_at__lte=now), "due_at", now, limit)


def due_to_open(now: datetime, limit: int) -> list[UUID]:
    """Steps that need an auction; those that wait for a cap once something of it was released."""
    due = Q(due_at__lte=now) | Q(waits_for__releases__gt=F("seen_releases"))
    return _oldest(Step.objects.filter(due, kind__in=AUCTIONED, state=StepState.READY), "created_at", now, limit)


def due_to_close(now: datetime, limit: int) -> list[UUID]:
    """Auctions whose window is over; halted ones whose halt is, or which could go on; Dutch ones to be stopped.

    A halted auction for which nothing has changed is not due, however many there are of them.
    """
    over = Q(state=AuctionState.OPEN, closes_at__lte=now) | Q(state=AuctionState.HALTED, halt_ends_at__lte=now)
    return _oldest(Auction.objects.filter(over | Q(id__in=_moved_by_marks(now))), "closes_at", now, limit)


def due_to_settle(now: datetime, limit: int) -> list[UUID]:
    """Settlements that are confirmed."""
    return _oldest(Settlement.objects.filter(state=SettlementState.CONFIRMED), "created_at", now, limit)


def due_to_expire(now: datetime, limit: int) -> list[UUID]:
    """Settlements whose time for confirming is over."""
    late = Settlement.objects.filter(state=SettlementState.AWAITING, confirm_by__lte=now)
    return _oldest(late, "confirm_by", now, limit)


def due_to_pass_on(now: datetime, limit: int) -> list[UUID]:
    """Steps whose settlements are all final."""
    waiting = Settlement.objects.filter(award__step=OuterRef("pk"), state__in=SETTLEMENT.under_way)
    return _oldest(Step.objects.filter(~Exists(waiting), state=StepState.SETTLING), "due_at", now, limit)


def due_to_wind_up(now: datetime, limit: int) -> list[UUID]:
    """Books whose lots have all ended."""
    under_way = Lot.objects.filter(book=OuterRef("pk"), ended_at__isnull=True)
    return _oldest(Book.objects.filter(~Exists(under_way), state=BookState.ROUTED), "received_at", now, limit)


def _moved_by_marks(now: datetime) -> list[UUID]:
    """Halted auctions that can be priced again and that no breaker stops, and Dutch ones that marks stop.

    A sealed auction is priced at its close alone, a Dutch one at every instant.
    """
    halted = Q(state=AuctionState.HALTED, level__lt=Level.NO_BIDS)
    dutch = Q(state=AuctionState.OPEN, kind=StepKind.DUTCH)
    auctions = list(
        Auction.objects.alias(level=AUCTION_LEVEL)
        .filter(halted | dutch)
        .select_related("step__lot__book__playbook")
        .only("state", "marks", "step__lot__book__playbook")
    )
    prices = list_source_prices({key for auction in auctions for key in auction.marks})

    @cache
    def price_of(instrument_id: UUID, terms: MarkTerms) -> Decimal | None:
        return reference_of(prices.get(instrument_id, []), terms, now).price

    return [auction.id for auction in auctions if _is_moved(auction, price_of)]


def _is_moved(auction: Auction, price_of: Callable[[UUID, MarkTerms], Decimal | None]) -> bool:
    playbook = auction.step.lot.book.playbook
    opened = auction.marks
    marks = {key: price for key in opened if (price := price_of(key, playbook.mark_terms)) is not None}
    priced = marks.keys() == opened.keys()
    if auction.state == AuctionState.HALTED:
        return priced
    return not priced or drift_bps(opened, marks) > playbook.max_drift_bps


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


def get_next_deadline(after: datetime) -> datetime | None:
    """When the next row becomes due by time alone, later than this; None where none will."""
    deadlines = (
        _earliest(Auction.objects.filter(state=AuctionState.OPEN), "closes_at", after),
        _earliest(Auction.objects.filter(state=AuctionState.HALTED), "halt_ends_at", after),
        _earliest(Step.objects.filter(state=StepState.READY), "due_at", after),
        _earliest(Settlement.objects.filter(state=SettlementState.AWAITING), "confirm_by", after),
    )
    return min((deadline for deadline in deadlines if deadline), default=None)


def _earliest(rows: QuerySet[Any], field: str, after: datetime) -> datetime | None:
    earliest: datetime | None = rows.filter(**{f"{field}__gt": after}).aggregate(earliest=Min(field))["earliest"]
    return earliest


def is_looked_after(stage: str, now: datetime) -> bool:
    """Whether workers have looked for work at this stage within less than the last two seconds."""
    return Heartbeat.objects.filter(stage=stage, beat_at__gt=now - HEARTBEAT_LASTS).exists()
