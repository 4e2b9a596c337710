"""Reporting: a venue says how the market of a product group is, by which it is calm or stressed from then on."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.desks.breakers import hold_breakers
from auctions.desks.product_groups import find_product_group
from auctions.desks.regimes import lock_regime, take_conditions
from auctions.models import MarketRegime
from auctions.rules.refusals import AuctionRefusal
from auctions.rules.regimes import SHARE_SCALE, ReportedConditions
from backstop import clock
from backstop.desks.marks import TOLERATED_CLOCK_DIFFERENCE
from backstop.transactions import operation
from backstop.values.amounts import AmountRefused, require_scale


@operation
def report_conditions(
    *,
    venue_id: UUID,
    product_group: str,
    depth: Decimal,
    spread_bps: Decimal,
    volatility_bps: Decimal,
    stale_share: Decimal,
    at: datetime | None = None,
) -> MarketRegime:
    """The market of a product group, by its code, is so as of `at` (None: now); none of the four is negative.

    Raises `product_group_unknown`, `conditions_refused` (of later than now or long ago, not newer than the last, or a
    share above one).
    """
    group = find_product_group(venue_id, product_group)
    hold_breakers([venue_id])
    lock_regime(group)
    now = clock.now()
    if at is not None and at > now:
        raise AuctionRefusal.CONDITIONS_REFUSED.error("conditions are of now at the latest", pointer="/at")
    if at is not None and at < now - TOLERATED_CLOCK_DIFFERENCE:  # or a market would be stressed for a while gone by
        raise AuctionRefusal.CONDITIONS_REFUSED.error(
            f"conditions are at most {TOLERATED_CLOCK_DIFFERENCE.seconds} seconds old", pointer="/at"
        )
    said = ReportedConditions(at or now, depth, spread_bps, volatility_bps, _share(stale_share))
    row = take_conditions(group, said, now)
    if row is None:
        raise AuctionRefusal.CONDITIONS_REFUSED.error("newer conditions were reported before", pointer="/at")
    return row


def _share(stale_share: Decimal) -> Decimal:
    if stale_share > 1:
        raise AuctionRefusal.CONDITIONS_REFUSED.error("a share is at most 1", pointer="/stale_share")
    try:
        return require_scale(stale_share, SHARE_SCALE, "a share")
    except AmountRefused as refused:
        raise AuctionRefusal.CONDITIONS_REFUSED.error(str(refused), pointer="/stale_share") from refused
