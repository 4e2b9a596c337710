"""An operator limits how much of a venue, or of a product group, is in auctions at once."""

from decimal import Decimal
from typing import Any

from accounts.desks.approvals import by_two
from accounts.desks.people import own_venue
from accounts.rules.approvals import Stake
from accounts.rules.limits import require_limit
from auctions.desks.caps import counted
from auctions.events import CapSet
from auctions.lifecycle import UNDER_WAY
from auctions.models import Auction, Cap
from auctions.rules.caps import outstanding
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models import Asset, ProductGroup, Venue
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import total


def _loosened(
    *, venue: Venue, product_group: ProductGroup | None, asset: Asset, limit: Decimal | None, **_: Any
) -> Stake | None:
    """Whoever lets more of a scope into auctions risks as much as may be in them then; to let less in protects."""
    lock(Lock.CAPS, [venue.id])
    cap = Cap.objects.filter(venue=venue, product_group=product_group, asset=asset).first()
    if cap is None or (limit is not None and limit <= cap.limit):
        return None
    return Stake(asset.id, limit) if limit is not None else Stake()


@operation
@by_two(_loosened, venue_of=own_venue)
def set_cap(
    *, venue: Venue, product_group: ProductGroup | None, asset: Asset, limit: Decimal | None, reason: str = ""
) -> Cap | None:
    """From now on at most `limit` of this scope is in auctions at once; None: as much as comes.

    Lowered below what is outstanding it lets nothing new in until that has gone; nothing that is open is touched.
    Raises `cap_scope_unknown`, `cap_refused`.
    """
    if asset.venue_id != venue.id or (product_group and product_group.venue_id != venue.id):
        raise AuctionRefusal.CAP_SCOPE_UNKNOWN.error()
    require_limit(limit, asset.scale, "limit", AuctionRefusal.CAP_REFUSED)
    lock(Lock.CAPS, [venue.id])
    cap = Cap.objects.filter(venue=venue, product_group=product_group, asset=asset).first()
    if limit is None:
        if cap is not None:
            cap.waiting.update(due_at=clock.now())
            cap.delete()
    elif cap is None:
        cap = Cap(venue=venue, product_group=product_group, asset=asset, limit=limit)
        cap.begin(_under_way(cap))
        cap.save(force_insert=True)
    else:
        cap.set_limit(limit)
        save_changes([cap])
    scope = product_group.code if product_group else None
    said = {"product_group": scope, "asset": asset.code, "limit": limit, "reason": reason}
    record_events([CapSet(venue_id=venue.id, subject_id=venue.id, **said)])  # type: ignore[arg-type]
    return cap if limit is not None else None


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
