"""How the markets of venues stand, how much they take, and by which thresholds they are judged."""

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from accounts.rules.sharing.premiums import WorstRegime
from auctions.models import MarketRegime, Playbook
from auctions.queries.playbooks import get_latest_playbook
from auctions.rules.regimes import Regime, RegimeStanding, Thresholds, in_force

_BADNESS = tuple(Regime)


def get_thresholds(venue_id: UUID) -> Thresholds:
    """What makes a venue's markets stressed and calm: by its newest playbook, or by what one starts from."""
    return (get_latest_playbook(venue_id) or Playbook()).regime_thresholds


def list_depths(venue_id: UUID, now: datetime) -> dict[UUID, Decimal]:
    """The depth of a venue's markets, by product group, where it was reported no longer than `max_gap` ago."""
    since = now - get_thresholds(venue_id).max_gap
    reported = MarketRegime.objects.filter(venue=venue_id, reported_at__gte=since)
    return dict(reported.values_list("product_group", "depth"))


def list_standings(venue_ids: Collection[UUID]) -> dict[UUID, RegimeStanding]:
    """How the markets of these venues were left, by product group, where anything was ever reported."""
    return {row.product_group_id: row.standing for row in MarketRegime.objects.filter(venue__in=venue_ids)}


def list_worst_regimes(venue_ids: Collection[UUID], now: datetime) -> dict[UUID, WorstRegime]:
    """The worst regime of each venue's markets; calm since ever where nothing was reported."""
    found = {venue_id: WorstRegime(Regime.CALM, datetime.min.replace(tzinfo=UTC)) for venue_id in venue_ids}
    gaps = {venue_id: get_thresholds(venue_id).max_gap for venue_id in venue_ids}
    for row in MarketRegime.objects.filter(venue__in=venue_ids):
        standing = in_force(row.standing, gaps[row.venue_id], now)
        worst = found[row.venue_id]
        name = max(Regime(worst.name), standing.regime, key=_BADNESS.index)
        found[row.venue_id] = WorstRegime(name, max(worst.began_at, standing.began_at))
    return found
