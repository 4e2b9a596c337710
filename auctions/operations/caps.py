"""Caps: how much notional of a venue, or of a product group, may be in auctions at once.

Called by everything that opens an auction, sells of one or ends one, before any other lock is taken. Guarantees that a
cap's running total is always the sum of what is outstanding under it, and that it grows within the limit only.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from uuid import UUID

from auctions.lifecycle import UNDER_WAY
from auctions.models import Auction, Cap, Position
from auctions.operations.loading import Work
from auctions.rules.caps import fits, outstanding
from backstop import clock
from backstop.errors import Refused
from backstop.models import Asset, ProductGroup, Venue
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import lock_exclusive, lock_shared, operation
from backstop.values.amounts import AmountRefused, require_scale, total


class CapScopeUnknown(Refused):
    """The product group or asset is not of this venue."""


class CapRefused(Refused):
    """A limit is an amount of its asset, zero or above."""


class CapDesk:
    """The caps of some venues, locked: venues without any share a lock on having none, and never wait for each other.

    Comes first in the lock order.
    """

    def __init__(self, venue_ids: Iterable[UUID]) -> None:
        venues = sorted(set(venue_ids))
        lock_shared("caps", venues)
        rows = Cap.objects.filter(venue__in=venues).order_by("id").select_for_update(no_key=True, of=("self",))
        self.caps = list(rows.select_related("venue", "product_group", "asset"))

    def take(self, work: Work) -> Cap | None:
        """Count in what is left of the lot; or nothing, and the first cap that has no room for it."""
        shares = list(self._shares(work, work.units_left, 0))
        for cap, amount in shares:
            if not fits(cap.limit, cap.outstanding, amount):
                return cap
        for cap, amount in shares:
            cap.outstanding = total([cap.outstanding, amount])
        return None

    def release(self, work: Work, auction: Auction, units: int) -> None:
        """Count out so many of the lot's units that the auction still offers. Before they leave it."""
        left = auction.lot_units_left
        for cap, amount in self._shares(work, left, left - units):
            cap.outstanding = total([cap.outstanding, -amount])
            cap.ceiling = max(cap.limit, cap.outstanding)
            cap.releases += 1

    def write(self) -> None:
        """Write the totals."""
        Cap.objects.bulk_update(self.caps, ["outstanding", "ceiling", "releases"])

    def _shares(self, work: Work, units: int, but: int) -> Iterator[tuple[Cap, Decimal]]:
        """What `units` of the lot count for more than `but` of them, under each cap that it falls under."""
        for cap in self.caps:
            if (cap.venue_id, cap.asset_id) == (work.book.venue_id, work.book.asset_id):
                whole = total(position.notional for position in counted(cap, work.positions))
                of_units, scale = work.lot.units, work.asset.scale
                more, less = (outstanding(whole, some, of_units, scale) for some in (units, but))
                if whole:
                    yield cap, total([more, -less])


@operation
def set_cap(*, venue: Venue, product_group: ProductGroup | None, asset: Asset, limit: Decimal | None) -> Cap | None:
    """From now on at most `limit` of this scope is in auctions at once; None: as much as comes.

    Lowered below what is outstanding it lets nothing new in until that has gone; nothing that is open is touched.
    Raises CapScopeUnknown, CapRefused.
    """
    if asset.venue_id != venue.id or (product_group and product_group.venue_id != venue.id):
        raise CapScopeUnknown("the product group and the asset have to be of the venue")
    if limit is not None:
        _require_limit(limit, asset)
    lock_exclusive("caps", [venue.id])
    cap = Cap.objects.filter(venue=venue, product_group=product_group, asset=asset).first()
    if limit is None:
        if cap is not None:
            cap.waiting.update(due_at=clock.now())
            cap.delete()
    elif cap is None:
        cap = Cap(venue=venue, product_group=product_group, asset=asset, limit=limit)
        cap.outstanding = _under_way(cap)
        cap.ceiling = max(limit, cap.outstanding)
        cap.save(force_insert=True)
    else:
        cap.limit, cap.ceiling, cap.releases = limit, max(limit, cap.outstanding), cap.releases + 1
        cap.save(update_fields=["limit", "ceiling", "releases"])
    payload = {"product_group": product_group.code if product_group else None, "asset": asset.code, "limit": limit}
    record_events([NewEvent(venue.id, "cap_set", venue.id, None, payload)])
    return cap if limit is not None else None


def _require_limit(limit: Decimal, asset: Asset) -> None:
    try:
        require_scale(limit, asset.scale, "limit")
    except AmountRefused as refused:
        raise CapRefused(str(refused), pointer="/limit") from refused
    if limit < 0:
        raise CapRefused("limit must not be negative", pointer="/limit")


def counted(cap: Cap, positions: Iterable[Position]) -> list[Position]:
    """Those of a book's positions that count under a cap of its venue and asset."""
    everything = cap.product_group_id is None
    return [p for p in positions if everything or p.instrument.product_group_id == cap.product_group_id]


def _under_way(cap: Cap) -> Decimal:
    """What is outstanding now under a cap that is new."""
    auctions = Auction.objects.filter(
        state__in=UNDER_WAY, venue=cap.venue_id, step__lot__book__asset=cap.asset_id
    ).select_related("step__lot")
    found = auctions.prefetch_related("step__lot__positions__instrument")
    return total(
        outstanding(
            total(position.notional for position in counted(cap, auction.step.lot.positions.all())),
            auction.lot_units_left,
            auction.step.lot.units,
            cap.asset.scale,
        )
        for auction in found
    )
