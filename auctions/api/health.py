"""What /readyz and /metrics say about the market: named in `HEALTH_CHECKS` and `METRICS_COLLECTORS`."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily

from auctions.desks.inventory import get_inventory_notional
from auctions.models import Auction, Book, Breaker, Settlement
from auctions.queries import get_lateness_seconds
from backstop import clock
from backstop.api.health import Unhealthy
from backstop.models import Venue
from backstop.queries import get_oldest_unpublished_at

LATE_AFTER_SECONDS = 10


def lateness_of_auctions() -> str:
    """How late the close of the earliest due auction is."""
    late = get_lateness_seconds(clock.now())
    if late > LATE_AFTER_SECONDS:
        raise Unhealthy(f"the earliest due auction is {late:.0f} s late: does a clock run?")
    return f"the earliest due auction is {late:.1f} s late" if late else "none is late"


def market() -> Iterator[GaugeMetricFamily]:
    """Lateness, the age of the oldest unpublished event, rows by state, and what each venue's fund holds."""
    now = clock.now()
    yield GaugeMetricFamily(
        "backstop_auction_lateness_seconds",
        "How late the close of the earliest due auction is.",
        value=get_lateness_seconds(now),
    )
    yield GaugeMetricFamily(
        "backstop_unpublished_event_age_seconds",
        "How long the oldest committed event waits for the relay.",
        value=_unpublished_seconds(now),
    )
    for model in (Book, Auction, Settlement):
        name = model.__name__.lower()
        gauge = GaugeMetricFamily(f"backstop_{name}s", f"How many {name}s are in each state.", labels=["state"])
        for state, count in model.objects.order_by().values_list("state").annotate(Count("id")):
            gauge.add_metric([state], count)
        yield gauge
    yield _breakers()
    yield _inventory()


def _unpublished_seconds(now: datetime) -> float:
    oldest = get_oldest_unpublished_at()
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def _breakers() -> GaugeMetricFamily:
    gauge = GaugeMetricFamily("backstop_breakers", "How many circuit breakers are tripped.", labels=["venue", "level"])
    tripped = Breaker.objects.filter(level__gt=0).order_by("venue__code", "level").values_list("venue__code", "level")
    for (venue, level), count in Counter(tripped).items():
        gauge.add_metric([venue, str(level)], count)
    return gauge


def _inventory() -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(
        "backstop_fund_inventory_notional",
        "Notional that a venue's fund holds or is about to get.",
        labels=["venue"],
    )
    for venue in Venue.objects.order_by("code"):
        gauge.add_metric([venue.code], float(get_inventory_notional(venue.id)))
    return gauge
