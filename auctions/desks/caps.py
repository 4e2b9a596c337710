"""Caps: how much notional of a venue, or of a product group, may be in auctions at once.

A cap's running total is always the sum of what is outstanding under it, and it grows within the limit only.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from uuid import UUID

from auctions.desks.work import Remainder
from auctions.models import Auction, Cap, Position
from auctions.rules.caps import fits, outstanding
from backstop.locks import Lock, lock_rows, share
from backstop.models.base import save_changes
from backstop.values.amounts import ZERO, difference, total


class CapDesk:
    """The caps of some venues, locked: venues without any share a lock on having none, and never wait for each other.

    Comes first in the lock order. `kept` is the room that is let to nobody who comes later, by cap.
    """

    def __init__(self, venue_ids: Iterable[UUID]) -> None:
        venues = sorted(set(venue_ids))
        share(Lock.CAPS, venues)
        caps = Cap.objects.filter(venue__in=venues).select_related("venue", "product_group", "asset")
        self.caps = lock_rows(Lock.CAP_ROW, caps)
        self.kept: dict[UUID, Decimal] = {}

    def take(self, work: Remainder) -> Cap | None:
        """Count in what is left of the lot; or nothing, and the first cap that has no room for it."""
        shares = list(self._shares(work, work.units_left, 0))
        for cap, amount in shares:
            if not fits(cap.limit, total([cap.outstanding, self.kept.get(cap.id, ZERO)]), amount):
                return cap
        for cap, amount in shares:
            cap.take(amount)
        return None

    def keep(self, work: Remainder) -> None:
        """Keep room for what is left of the lot, as far as there is any, from whoever comes later; none for what would
        not fit even alone."""
        shares = list(self._shares(work, work.units_left, 0))
        if all(fits(cap.limit, ZERO, amount) for cap, amount in shares):
            for cap, amount in shares:
                self.kept[cap.id] = total([self.kept.get(cap.id, ZERO), amount])

    def release(self, work: Remainder, auction: Auction, units: int) -> None:
        """Count out so many of the lot's units that the auction still offers. Before they leave it."""
        left = auction.lot_units_left
        for cap, amount in self._shares(work, left, left - units):
            cap.release(amount)

    def write(self) -> None:
        """Write the totals."""
        save_changes(self.caps)

    def _shares(self, work: Remainder, units: int, but: int) -> Iterator[tuple[Cap, Decimal]]:
        """What `units` of the lot count for more than `but` of them, under each cap that it falls under."""
        for cap in self.caps:
            if (cap.venue_id, cap.asset_id) == (work.book.venue_id, work.book.asset_id):
                whole = total(position.notional for position in counted(cap, work.positions))
                of_units, scale = work.lot.units, work.asset.scale
                more, less = (outstanding(whole, some, of_units, scale) for some in (units, but))
                if whole:
                    yield cap, difference(more, less)


def counted(cap: Cap, positions: Iterable[Position]) -> list[Position]:
    """Those of a book's positions that count under a cap of its venue and asset."""
    everything = cap.product_group_id is None
    return [p for p in positions if everything or p.instrument.product_group_id == cap.product_group_id]
