"""Positions as the rules see them: legs of lots."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from auctions.models import Position
from auctions.rules.valuation import Leg


def leg_of(position: Position) -> Leg:
    """A position as the rules see it."""
    return Leg(
        instrument_id=position.instrument_id,
        kind=position.instrument.kind,
        side=position.side,
        quantity=position.quantity,
        quantity_step=position.own_step,
        margin_rate=position.own_margin_rate,
        entry_price=position.entry_price,
        accrued=position.accrued,
    )


def positions_of(lot_ids: Collection[UUID]) -> QuerySet[Position]:
    """The legs of these lots, in their order."""
    return Position.objects.filter(lot__in=lot_ids).order_by("ordinal").select_related("instrument")
