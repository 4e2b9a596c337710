"""Where the edges of Dutch auctions stand: told as they rise, and not kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction
from backstop.events import PublicEvent, catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTick(PublicEvent):
    """A Dutch auction under way, the subject, offers this edge now, and so many units are left. A take gets at most
    what the lot affords at the marks of its instant."""

    edge_bps: Decimal
    units_left: int
    drill: bool = False


CATALOGUE = catalogue(globals())


def list_edge_ticks(venue_ids: Collection[UUID], now: datetime) -> list[EdgeTick]:
    """Of each Dutch auction of these venues that is open at this instant. One query."""
    under_way = Auction.objects.filter(venue__in=venue_ids, kind=StepKind.DUTCH, state=AuctionState.OPEN)
    return [
        EdgeTick(
            **auction.whose,
            subject_id=auction.id,
            edge_bps=auction.price_clock.edge_at(now, auction.cap_bps),
            units_left=auction.units_left,
        )
        for auction in under_way.select_related("venue__heartbeat", "step__lot__book__asset").order_by("opens_at")
        if auction.is_open_at(now)
    ]
