"""Health: what is asked of this process and of the market, and what was seen.

A check is a function that says what it saw, or raises `Unhealthy`. Those of the floors above are named by dotted string
in `MARKET_CHECKS`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from backstop import clock
from backstop.faults import explain
from backstop.queries import get_oldest_unpublished_at
from backstop.queues import count_waiting

PUBLISHED_LATE_AFTER_SECONDS = 10
BROKER_SECONDS = 2

Check = Callable[[], str]


class Unhealthy(Exception):
    """What is wrong, in one line, and what to look at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one check saw."""

    check: str
    ok: bool
    saw: str


def look(checks: Iterable[Check]) -> list[Seen]:
    """What each of these checks sees now, up to what all that follow stand on: without it they would say the same."""
    seen = []
    for check in checks:
        seen.append(_look(check))
        if check in readiness() and not seen[-1].ok:
            break
    return seen


def readiness() -> list[Check]:
    """What answering needs. Broker, workers and clock are no part of it: without them requests are answered as well."""
    return [database, migrations]


def market() -> list[Check]:
    """Whether the market goes on: this process, what it is made of, and what the floors above look at."""
    return [broker, *readiness(), relay, sessions, *map(import_string, settings.MARKET_CHECKS)]


def database() -> str:
    """Whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def migrations() -> str:
    """Whether the schema is this release's. Once it was it stays so: each process looks until then."""
    require_migrations()
    return "all applied"


@cache
def require_migrations() -> None:
    """Raises `Unhealthy` where some are not applied, which is not kept."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unhealthy(f"{len(missing)} migrations are not applied: run `migrate`")


def broker() -> str:
    """How many wake-ups wait in each queue. Without a broker the clock does all the work, later."""
    return ", ".join(f"{count} in {name}" for name, count in get_wake_ups().items())


def relay() -> str:
    """How long the oldest committed event has been waiting for the relay."""
    oldest = get_oldest_unpublished_at()
    if oldest is None:
        return "no event waits"
    age = max((clock.now() - oldest).total_seconds(), 0)
    if age > PUBLISHED_LATE_AFTER_SECONDS:
        raise Unhealthy(f"the oldest event has been waiting for {age:.0f} s: does a relay run?")
    return f"the oldest event has been waiting for {age:.1f} s"


def sessions() -> str:
    """How many sessions wait for a lock that another holds, and for how long."""
    waiting, seconds = get_waiting_sessions()
    return f"{waiting} wait for a lock, the longest for {seconds:.1f} s"


def metrics() -> Iterator[Metric]:
    """The same in numbers."""
    oldest = get_oldest_unpublished_at()
    age = max((clock.now() - oldest).total_seconds(), 0) if oldest else 0
    yield GaugeMetricFamily(
        "backstop_unpublished_event_age_seconds", "How long the oldest committed event waits for the relay.", age
    )
    waiting = GaugeMetricFamily("backstop_wake_ups", "How many wake-ups wait in each queue.", labels=["queue"])
    with suppress(Unhealthy):
        for name, count in get_wake_ups().items():
            waiting.add_metric([name], count)
    yield waiting
    sessions, seconds = get_waiting_sessions()
    yield GaugeMetricFamily("backstop_waiting_sessions", "How many sessions wait for another's lock.", sessions)
    yield GaugeMetricFamily("backstop_waiting_sessions_seconds", "How long the longest of them has waited.", seconds)


def get_wake_ups() -> dict[str, int]:
    """How many wake-ups wait in each queue. Raises `Unhealthy` where the broker does not answer."""
    try:
        with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as link:
            link.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
            return {queue.name: count_waiting(queue, link.default_channel) for queue in settings.CELERY_TASK_QUEUES}
    except (OperationalError, OSError) as problem:
        raise Unhealthy(f"does not answer: the clock works alone ({problem})") from problem


def get_waiting_sessions() -> tuple[int, float]:
    """How many sessions wait for a lock that another holds, and for how many seconds the longest has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::float"
            " FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        waiting, seconds = cursor.fetchone()
    return waiting, seconds


def _look(check: Check) -> Seen:
    name = check.__name__
    try:
        return Seen(name, True, check())
    except Unhealthy as reason:
        return Seen(name, False, str(reason))
    except Exception as problem:  # whatever it is, the answer is "not healthy", not a page of traceback
        return Seen(name, False, explain(problem) or f"{type(problem).__name__}: {problem}".splitlines()[0])
