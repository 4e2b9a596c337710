"""What is under way: for whoever watches the market. Nothing is locked, and each list is in the order in which it
wants attention."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Prefetch, QuerySet, Sum

from auctions.lifecycle import ALERT, AUCTION, BOOK, FAILED, FIRST_AUCTION, BookState, StepState
from auctions.models import Alert, Auction, Award, Book, Breaker, Lot, Step
from auctions.rules.breaker import Level
from backstop.values.amounts import divide_up, multiply, total


def list_books_under_way() -> QuerySet[Book]:
    """Books that have not ended, the oldest first, each with the lots of its version and their steps."""
    books = Book.objects.exclude(state__in=BOOK.final).select_related("asset", "venue").order_by("received_at", "id")
    lots = Lot.objects.filter(book_version=F("book__version")).prefetch_related("steps")
    return books.prefetch_related(Prefetch("lots", lots.order_by("ordinal")))


def list_books_closed() -> QuerySet[Book]:
    """Books that are closed, those that came last first."""
    return Book.objects.filter(state=BookState.CLOSED).select_related("asset", "venue").order_by("-created_at")


def list_auctions_under_way() -> QuerySet[Auction]:
    """Auctions that have not ended, which ends next first."""
    auctions = Auction.objects.exclude(state__in=AUCTION.final).order_by("closes_at", "id")
    return auctions.select_related("step__lot__book__asset", "venue__heartbeat")


def list_steps_to_come(now: datetime) -> QuerySet[Step]:
    """Steps of lots that wait for their next round, which begins next first."""
    steps = Step.objects.filter(state=StepState.READY, round__gt=1, kind=FIRST_AUCTION, due_at__gt=now)
    return steps.select_related("lot__book").order_by("due_at", "created_at")


def list_alerts_under_way() -> QuerySet[Alert]:
    """Alerts that have not ended, those that nobody has acknowledged before the others, the latest first."""
    alerts = Alert.objects.filter(state__in=ALERT.under_way).select_related("venue")
    return alerts.order_by(F("acknowledged_at").asc(nulls_first=True), "-raised_at", "created_at")


def list_breakers_in_force() -> QuerySet[Breaker]:
    """Breakers that stop anything, the latest first."""
    breakers = Breaker.objects.filter(level__gt=Level.ALL).order_by("-tripped_at", "id")
    return breakers.select_related("venue", "product_group", "auction__step__lot__book")


def sum_outstanding(venue_id: UUID) -> dict[tuple[UUID, UUID, str], Decimal]:
    """The notional, at intake marks, of what of a venue's books nobody has taken yet, by product group, asset and side;
    a part of a position rounded up."""
    steps = Step.objects.filter(lot__book__venue=venue_id, lot__book__asset__shadow_of=None)
    steps = steps.exclude(state=StepState.ENDED).order_by()
    awards = Award.objects.filter(step__in=steps).exclude(settlement__state__in=FAILED).order_by()
    taken = dict(awards.values_list("step").annotate(Sum("units")))
    legs = [f"lot__positions__{name}" for name in ("instrument__product_group", "side", "notional")]
    found = steps.values_list("id", "lot__book__asset", "lot__book__asset__scale", "lot__units", "units_in", *legs)
    sums: defaultdict[tuple[UUID, UUID, str], Decimal] = defaultdict(Decimal)
    for step, asset, scale, units, coming, group, side, notional in found:
        left = divide_up(multiply(notional, coming - taken.get(step, 0)), units, scale)
        sums[group, asset, side] = total([sums[group, asset, side], left])
    return sums
