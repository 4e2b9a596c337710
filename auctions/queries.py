"""What is due: the ids that each sweep works on next, oldest first. The row is the queue. And what the breaker allows.

Called by auctions.tasks, and by readiness for how late the market clock is. Rows that failed stand aside until their
`retry_at`. And what a venue's new books go by.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest

from auctions.lifecycle import AuctionState, BookState, SettlementState, StepKind, StepState
from auctions.models import Auction, Book, Breaker, Lot, Playbook, Position, Settlement, Step
from auctions.rules.breaker import Level
from auctions.rules.valuation import drift_bps
from auctions.rules.waterfall import AUCTIONED
from backstop.queries import list_source_prices
from backstop.values.marks import MarkTerms, reference_of


def due_to_route(now: datetime, limit: int) -> list[UUID]:
    """Books that were received or amended."""
    return _oldest(Book.objects.filter(state__in=[BookState.RECEIVED, BookState.AMENDED]), "received_at", now, limit)


def due_to_assign(now: datetime, limit: int) -> list[UUID]:
    """ASSIGN steps that are ready."""
    return _ready([StepKind.ASSIGN], now, limit)


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


def breaker_level(venue: str, lot: str, auction: str) -> Greatest:
    """The level in force, as an expression: the highest of those for the venue, the lot's product groups and the
    auction, each given by its path."""
    tripped = Breaker.objects.filter(level__gt=Level.ALL).order_by("-level").values("level")
    groups = Position.objects.filter(lot=OuterRef(OuterRef(lot))).values("instrument__product_group")
    return Greatest(
        Subquery(tripped.filter(venue=OuterRef(venue), product_group=None, auction=None)[:1]),
        Subquery(tripped.filter(product_group__in=groups)[:1]),
        Subquery(tripped.filter(auction=OuterRef(auction))[:1]),
        Value(Level.ALL.value),
    )


AUCTION_LEVEL = breaker_level("venue", "step__lot", "pk")


def list_breaker_levels(step_ids: Collection[UUID]) -> dict[UUID, Level]:
    """The breaker's level in force for each of these steps, with the auctions that they have or would get."""
    level = breaker_level("lot__book__venue", "lot", "auction__id")
    rows = Step.objects.filter(id__in=step_ids).annotate(level=level).values_list("id", "level")
    return {step_id: Level(level) for step_id, level in rows}


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


def _ready(kinds: Any, now: datetime, limit: int) -> list[UUID]:
    return _oldest(Step.objects.filter(kind__in=kinds, state=StepState.READY, due_at__lte=now), "due_at", now, limit)


def _oldest(rows: QuerySet[Any], order: str, now: datetime, limit: int) -> list[UUID]:
    able = rows.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=now))
    return list(able.order_by(*rows.query.order_by, order, "id").values_list("id", flat=True)[:limit])


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
