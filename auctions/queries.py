"""What is due: the ids that each sweep works on next, oldest first. The row is the queue. And what the breaker allows.

Called by auctions.tasks, and by readiness for how late the market clock is. Rows that failed stand aside until their
`retry_at`. And what a venue's new books go by.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    DateTimeField,
    DecimalField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Greatest

from auctions.lifecycle import AuctionState, BookState, SettlementState, StepKind, StepState
from auctions.models import Auction, Book, Breaker, Lot, Playbook, Position, Settlement, Step
from auctions.rules.breaker import Level
from auctions.rules.waterfall import AUCTIONED
from backstop.models import Mark
from backstop.values.bps import BPS_PER_ONE
from backstop.values.marks import MarkTerms


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
    auctions = Auction.objects.alias(level=AUCTION_LEVEL, oldest=_oldest_mark_time(now)).alias(
        lacking=Exists(_legs_without_fresh_mark()), drifted=Exists(_marks_beyond_drift())
    )
    over = Q(state=AuctionState.OPEN, closes_at__lte=now)
    halt_over = Q(state=AuctionState.HALTED, halt_ends_at__lte=now)
    could_go_on = Q(state=AuctionState.HALTED, level__lt=Level.NO_BIDS, lacking=False)
    # A sealed auction is priced at its close alone, a Dutch one at every instant.
    to_be_stopped = Q(state=AuctionState.OPEN, kind=StepKind.DUTCH) & (Q(lacking=True) | Q(drifted=True))
    due = auctions.filter(over | halt_over | could_go_on | to_be_stopped)
    # Halted ones that could go on, and still do not, never stand before those whose window is over.
    return _oldest(due.order_by(Case(When(over, then=0), default=1)), "closes_at", now, limit)


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


def _oldest_mark_time(now: datetime) -> ExpressionWrapper:
    """How old a mark may be for the auction's playbook, as a time."""
    age = ExpressionWrapper(
        F("step__lot__book__playbook__mark_max_age_seconds") * Value(timedelta(seconds=1)), DurationField()
    )
    return ExpressionWrapper(Value(now, DateTimeField()) - age, DateTimeField())


def _legs_without_fresh_mark() -> QuerySet[Position]:
    """Inside a query for auctions: legs that cannot be priced. Others may still not be: the rules decide."""
    fresh = Mark.objects.filter(instrument=OuterRef("instrument"), marked_at__gte=OuterRef(OuterRef("oldest")))
    return Position.objects.filter(~Exists(fresh), lot=OuterRef("step__lot"))


def _marks_beyond_drift() -> QuerySet[Mark]:
    """Inside a query for auctions: marks so far from those of the opening that the rules have to decide."""
    opened = Func(OuterRef("marks"), Cast("instrument_id", TextField()), function="jsonb_extract_path_text")
    drift = Func(F("price") / F("opened") - Value(1), function="abs", output_field=DecimalField())
    return (
        Mark.objects.filter(
            instrument__in=Position.objects.filter(lot=OuterRef(OuterRef("step__lot"))).values("instrument")
        )
        .alias(opened=Cast(opened, DecimalField(max_digits=38, decimal_places=18)))
        .alias(drift=drift * Value(BPS_PER_ONE))
        .filter(drift__gt=OuterRef("step__lot__book__playbook__max_drift_bps"))
    )


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
