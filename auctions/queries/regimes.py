"""How the markets of venues stand, how much they take, and by which thresholds they are judged."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.models import MarketRegime, Playbook
from auctions.queries.playbooks import get_latest_playbook
from auctions.rules.regimes import RegimeStanding, Thresholds


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
