"""What an operator's machines ask: are you alive, are you healthy, how are you doing, what time is it.

No key, no session. Added to by dotted string in the settings:
`HEALTH_CHECKS`: `() -> str` says what it saw or raises Unhealthy; `METRICS_COLLECTORS`: `() -> Iterable[Metric]`.
"""

from collections.abc import Callable, Iterable, Iterator

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from backstop import clock
from backstop.models import Outbox

PUBLISHED_LATE_AFTER_SECONDS = 30


class Unhealthy(Exception):
    """Why this process should not be sent any work yet, in one line."""


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check passes, else 503; either way what each one saw."""
    checks: list[Callable[[], str]] = [database, migrations, broker, *map(import_string, settings.HEALTH_CHECKS)]
    seen = {check.__name__: _outcome(check) for check in checks}
    ready = all(passed for passed, _ in seen.values())
    body = {"ready": ready, "checks": {name: {"ok": passed, "saw": saw} for name, (passed, saw) in seen.items()}}
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(_FromSettings())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@require_safe
def time(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"now": clock.now().isoformat()})


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unhealthy(f"{len(missing)} migrations are not applied")
    return "all applied"


def broker() -> str:
    with current_app.connection_for_write(connect_timeout=2) as broker_connection:
        broker_connection.ensure_connection(max_retries=1, timeout=2)
    return "answers"


def oldest_unpublished_event() -> str:
    """How long the oldest committed event has been waiting for the relay."""
    oldest = Outbox.objects.order_by("event_id").values_list("event__created_at", flat=True).first()
    if oldest is None:
        return "none waits"
    age = max((clock.now() - oldest).total_seconds(), 0)
    if age > PUBLISHED_LATE_AFTER_SECONDS:
        raise Unhealthy(f"the oldest has been waiting for {age:.0f} s: is the relay running?")
    return f"the oldest has been waiting for {age:.1f} s"


class _FromSettings(Collector):
    def collect(self) -> Iterator[Metric]:
        collectors: Iterable[Callable[[], Iterable[Metric]]] = map(import_string, settings.METRICS_COLLECTORS)
        for collector in collectors:
            yield from collector()


def _outcome(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Unhealthy as reason:
        return False, str(reason)
    except Exception as problem:  # whatever it is, the answer is "not ready", not a page of traceback
        return False, f"{type(problem).__name__}: {problem}".splitlines()[0]
