"""How the market is: what the operators' checks and metrics say of it.

`MARKET_CHECKS` and `METRICS_COLLECTORS` name what stands here: see backstop/health.py and backstop/api/health.py.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily

from accounts.desks.webhooks import list_missing_keys
from accounts.queries import count_writing_secrets
from auctions import queries
from auctions.desks.inventory import get_inventory_notional
from auctions.desks.seals import unwrap_key
from auctions.lifecycle import UNDER_WAY
from auctions.models import AlertRule, Auction, Breaker
from auctions.tasks import STAGES
from backstop import clock
from backstop.health import Unhealthy
from backstop.models import Venue
from backstop.values.keyrings import KeyMissing

LATE_AFTER_SECONDS = 10
SILENT_AFTER = timedelta(seconds=10)


def stages() -> str:
    """For how long the oldest due row of each stage has been so. Rows that stand aside do not count here."""
    waiting = {name: seconds for name, seconds in get_due_seconds(clock.now()).items() if seconds}
    if late := {name: seconds for name, seconds in waiting.items() if seconds > LATE_AFTER_SECONDS}:
        raise Unhealthy(f"work waits: {_listed(late, '{} for {:.0f} s')}; does a clock run?")
    return f"work waits: {_listed(waiting, '{} for {:.1f} s')}" if waiting else "no work waits"


def rounds() -> str:
    """Whether somebody looks for work at every stage."""
    now = clock.now()
    last = queries.list_last_rounds()
    if silent := [name for name in STAGES if name not in last or last[name] < now - SILENT_AFTER]:
        raise Unhealthy(f"nobody has looked for {SILENT_AFTER.seconds} s at {', '.join(silent)}: does a clock run?")
    processes = queries.count_processes(now - SILENT_AFTER)
    return f"processes that look for work: {_listed(processes, '{}: {}')}"


def parked() -> str:
    """Rows that stand aside because a sweep failed on them: what is wrong is for a human to find out."""
    rows = queries.count_parked(clock.now())
    reasons = {f"{model}, {reason}": count for model, counts in rows.items() for reason, count in counts.items()}
    if reasons:
        raise Unhealthy(f"rows stand aside: {_listed(reasons, '{}: {}')}")
    return "no row stands aside"


def halted() -> str:
    """Halted auctions by reason; each goes on, or is ended, by its playbook."""
    reasons = queries.count_halted()
    return f"halted auctions: {_listed(reasons, '{}: {}')}" if reasons else "no auction is halted"


def keys() -> str:
    """Whether the master keys of the auctions under way are at hand, tried on one auction of each, and those of the
    secrets of webhooks."""
    sealed = Auction.objects.filter(state__in=UNDER_WAY, sealed_key__isnull=False)
    reasons = {}
    for auction in sealed.order_by("sealing_key", "-created_at").distinct("sealing_key"):
        try:
            unwrap_key(auction)
        except KeyMissing as missing:
            reasons[auction.sealing_key] = str(missing)
    if reasons:
        raise Unhealthy(f"bids cannot be opened: {', '.join(reasons.values())}; look at SEALING_KEYS")
    if unsigned := list_missing_keys():
        raise Unhealthy(f"webhooks cannot be signed: {', '.join(unsigned.values())}; look at SEALING_KEYS")
    return "all at hand"


def secrets() -> str:
    """How many keys with a secret do more than read: none is issued any more, but in the demo."""
    return f"keys with a secret that write: {count_writing_secrets(clock.now())}"


def marks() -> str:
    """Whether everything that is being sold can be priced."""
    if unpriced := queries.list_unpriced(clock.now()):
        raise Unhealthy(f"no fresh mark of {', '.join(unpriced)}")
    return "all fresh"


def mail() -> str:
    """Whether there is a mail server, where rules of alerts in use have addresses."""
    written_to = AlertRule.objects.filter(retired_at=None).exclude(mail_to=[]).count()
    if written_to and not settings.MAIL_IS_SENT:
        raise Unhealthy(f"no mail server is named (EMAIL_URL); rules of alerts with addresses: {written_to}")
    return f"rules of alerts with addresses: {written_to}"


def metrics() -> Iterator[GaugeMetricFamily]:
    """The same in numbers, rows under way by state, breakers, and what each venue's fund holds."""
    now = clock.now()
    due = _gauge("backstop_due_seconds", "For how long the oldest due row of a stage has been so.", "stage")
    for name, seconds in get_due_seconds(now).items():
        due.add_metric([name], seconds)
    yield due
    last = _gauge("backstop_last_round_seconds", "How long ago anybody last ended a round of a stage.", "stage")
    for name, ended_at in queries.list_last_rounds().items():
        last.add_metric([name], (now - ended_at).total_seconds())
    yield last
    parked = _gauge("backstop_parked_rows", "How many rows stand aside because a sweep failed on them.", "model")
    for model, reasons in queries.count_parked(now).items():
        parked.add_metric([model], reasons.total())
    yield parked
    unpriced = len(queries.list_unpriced(now))
    yield GaugeMetricFamily("backstop_unpriced_instruments", "Instruments being sold without a fresh mark.", unpriced)
    for model, states in queries.count_under_way().items():
        name = model.lower()
        help_text = f"How many {name}s under way are in each state. Those that are over, or a drill's, are not counted."
        gauge = _gauge(f"backstop_{name}s", help_text, "state")
        for state, count in states.items():
            gauge.add_metric([state], count)
        yield gauge
    yield _breakers()
    yield _inventory()


def get_due_seconds(now: datetime) -> dict[str, float]:
    """For how long the oldest due row of each stage has been so; zero where none is."""
    oldest = {name: stage.due(now).get_oldest() for name, stage in STAGES.items()}
    return {name: max((now - since).total_seconds(), 0.0) if since else 0.0 for name, since in oldest.items()}


def _breakers() -> GaugeMetricFamily:
    gauge = _gauge("backstop_breakers", "How many circuit breakers are tripped.", "venue", "level")
    tripped = Breaker.objects.filter(level__gt=0).order_by("venue__code", "level").values_list("venue__code", "level")
    for (venue, level), count in Counter(tripped).items():
        gauge.add_metric([venue, str(level)], count)
    return gauge


def _inventory() -> GaugeMetricFamily:
    gauge = _gauge(
        "backstop_fund_inventory_notional", "Notional that a venue's fund holds or is about to get.", "venue"
    )
    for venue in Venue.objects.order_by("code"):
        gauge.add_metric([venue.code], float(get_inventory_notional(venue.id)))
    return gauge


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=labels)


def _listed(counts: Mapping[Any, float], form: str) -> str:
    """The largest few, in words."""
    largest = sorted(counts.items(), key=lambda item: -item[1])[:5]
    return ", ".join(form.format(name, count) for name, count in largest)
