"""How the markets of venues stand, how much they take, and by which thresholds they are judged."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.rules.sharing.premiums import RegimeHistory
from auctions.models import MarketRegime, PastRegime, Playbook
from auctions.queries.playbooks import get_latest_playbook
from auctions.rules.regimes import Regime, RegimeStanding, Thresholds, in_force, worst_over_time

_EVER = datetime.min.replace(tzinfo=UTC)


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


def with_silence(markets: QuerySet[MarketRegime]) -> QuerySet[MarketRegime]:
    """Each with the instant from which on its venue's silence counts, `silent_at`, unless it reports by then."""
    newest = Playbook.objects.filter(venue=OuterRef("venue")).order_by("-version").values("max_gap_seconds")[:1]
    max_gap = Coalesce(Subquery(newest), Playbook().max_gap_seconds) * Value(timedelta(seconds=1))
    return markets.annotate(silent_at=ExpressionWrapper(F("reported_at") + max_gap, output_field=DateTimeField()))


def worst_regime(now: datetime) -> Case:
    """The worst regime from `now` on of the markets of the outer row's venue, silence counted."""
    markets = with_silence(MarketRegime.objects.filter(venue=OuterRef("venue")))
    silent = Q(regime=Regime.CALM, silent_at__lte=now)
    return Case(
        When(Exists(markets.filter(regime=Regime.HALTED)), then=Value(Regime.HALTED.value)),
        When(Exists(markets.filter(silent | Q(regime=Regime.STRESSED))), then=Value(Regime.STRESSED.value)),
        default=Value(Regime.CALM.value),
    )


def list_histories(venue_ids: Collection[UUID], since: datetime, now: datetime) -> dict[UUID, RegimeHistory]:
    """The worst regime of each venue's markets from `since` on, silence counted that begins by now; calm where nothing
    was reported."""
    of_venues = PastRegime.objects.filter(product_group__venue__in=venue_ids)
    newest = of_venues.filter(began_at__lte=since).order_by("product_group", "-began_at", "-created_at")
    later = of_venues.filter(began_at__gt=since).order_by("began_at", "created_at")
    told: defaultdict[UUID, list[tuple[datetime, Regime]]] = defaultdict(list)
    for row in [*newest.distinct("product_group"), *later]:
        told[row.product_group_id].append((row.began_at, Regime(row.regime)))
    markets: defaultdict[UUID, list[list[tuple[datetime, Regime]]]] = defaultdict(list)
    gaps = {venue_id: get_thresholds(venue_id).max_gap for venue_id in venue_ids}
    for market in MarketRegime.objects.filter(venue__in=venue_ids):
        known = told[market.product_group_id]
        standing = in_force(market.standing, gaps[market.venue_id], now + timedelta.resolution)
        told_at, told_last = known[-1] if known else (_EVER, Regime.CALM)
        if standing.regime is not told_last:
            known.append((max(standing.began_at, told_at), standing.regime))
        markets[market.venue_id].append(known)
    calm = [(_EVER, Regime.CALM.value)]
    return {
        venue_id: RegimeHistory([*calm, *((at, each.value) for at, each in worst_over_time(markets[venue_id]))])
        for venue_id in venue_ids
    }
