"""What the breaker allows: its level in force, where it was tripped for more than one thing the highest of them."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Greatest

from auctions.models import Breaker, Position, Step
from auctions.rules.breaker import Level


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


def list_halted(venue_ids: Collection[UUID]) -> set[UUID]:
    """Those of these venues, and of their product groups, whose own breaker stops bids."""
    halted = Breaker.objects.filter(venue__in=venue_ids, auction=None, level=Level.NO_BIDS)
    return {group_id or venue_id for venue_id, group_id in halted.values_list("venue", "product_group")}


AUCTION_LEVEL = breaker_level("venue", "step__lot", "pk")


def list_breaker_levels(step_ids: Collection[UUID]) -> dict[UUID, Level]:
    """The breaker's level in force for each of these steps, with the auctions that they have or would get."""
    level = breaker_level("lot__book__venue", "lot", "auction__id")
    rows = Step.objects.filter(id__in=step_ids).annotate(level=level).values_list("id", "level")
    return {step_id: Level(level) for step_id, level in rows}
