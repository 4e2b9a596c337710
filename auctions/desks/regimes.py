"""The regimes of a venue's markets, held: what is said of them moves them, and whoever watches is told."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from auctions.events import RegimeChanged
from auctions.models import MarketRegime, PastRegime
from auctions.queries.breakers import list_halted
from auctions.queries.regimes import get_thresholds
from auctions.rules.regimes import (
    Breaking,
    Regime,
    RegimeStanding,
    ReportedConditions,
    Thresholds,
    after,
    begun,
    in_force,
)
from backstop.locks import Lock, lock, lock_row, lock_rows
from backstop.models import ProductGroup
from backstop.models.base import save_changes
from backstop.record import record_events


def lock_regime(group: ProductGroup) -> None:
    """What is reported of this market from now on is newer than every report before it."""
    lock(Lock.REGIME, [group.id])


def take_conditions(group: ProductGroup, said: ReportedConditions, now: datetime) -> MarketRegime | None:
    """How a product group's market stands after this report, taken now; None where one as new was taken before. The
    venue's breakers are held, and the regime is locked."""
    thresholds = get_thresholds(group.venue_id)
    rows = MarketRegime.objects.filter(product_group=group).select_related("product_group")
    row = lock_row(Lock.REGIME_ROW, rows)
    if row is None:
        row = MarketRegime(venue_id=group.venue_id, product_group=group)
        row.report(said)
        halts = _halts(list_halted([group.venue_id]), group)
        first = after(after(begun(said), said, thresholds), Breaking(said.at, halts), thresholds)
        past = _past(group, begun(said), first, thresholds, now)
        row.stand(first)
        row.save(force_insert=True)
        PastRegime.objects.bulk_create(past)
        record_events(_change(row, Regime.CALM))
        return row
    if said.at <= row.reported_at:
        return None
    former = Regime(row.regime)
    standing = after(row.standing, said, thresholds)
    PastRegime.objects.bulk_create(_past(group, row.standing, standing, thresholds, now))
    row.stand(standing)
    row.report(said)
    save_changes([row])
    record_events(_change(row, former))
    return row


def follow_breakers(venue_id: UUID, now: datetime) -> None:
    """Halt the markets that a breaker of their venue or of their own halts, and no others; the breakers are held."""
    thresholds = get_thresholds(venue_id)
    rows = lock_rows(Lock.REGIME_ROW, MarketRegime.objects.filter(venue=venue_id).select_related("product_group"))
    halted = list_halted([venue_id])
    changes, past = [], []
    for row in rows:
        former = Regime(row.regime)
        halts = _halts(halted, row.product_group)
        if halts is not (former is Regime.HALTED):
            standing = after(row.standing, Breaking(now, halts), thresholds)
            past += _past(row.product_group, row.standing, standing, thresholds, now)
            row.stand(standing)
            changes += _change(row, former)
    save_changes(rows)
    PastRegime.objects.bulk_create(past)
    record_events(changes)


def _halts(halted: Collection[UUID], group: ProductGroup) -> bool:
    return group.venue_id in halted or group.id in halted


def _past(
    group: ProductGroup, former: RegimeStanding, standing: RegimeStanding, thresholds: Thresholds, now: datetime
) -> list[PastRegime]:
    """What this change adds to what is known of the market: the silence before it, and it from now on, since nobody
    went by it earlier."""
    silent, known = (in_force(each, thresholds.max_gap, now) for each in (former, standing))
    found = [(silent.began_at, silent.regime)] if silent.regime is not former.regime else []
    found += [(now, known.regime)] if known.regime is not silent.regime else []
    return [PastRegime(product_group=group, regime=regime.value, began_at=at) for at, regime in found]


def _change(row: MarketRegime, former: Regime) -> list[RegimeChanged]:
    if row.regime == former:
        return []
    told = RegimeChanged(
        venue_id=row.venue_id,
        subject_id=row.product_group_id,
        product_group=row.product_group.code,
        regime=row.regime,
        former=former,
        began_at=row.began_at,
    )
    return [told]
