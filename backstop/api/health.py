"""What machines ask without a key: are you alive, can you answer, how is the market.

Probes are no part of the API: whatever stands behind their `?` is ignored, since they ask as they like, and another
method is answered 405 without a body. The public listener says only whether it can answer; what was seen, the market's
health and metrics are the operators'.
"""

from collections.abc import Callable, Collection, Iterable, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from backstop.health import Seen, look, market, readiness


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where this process can answer requests, else 503."""
    ready = all(seen.ok for seen in look(readiness()))
    return HttpResponse("ready\n" if ready else "not ready\n", content_type="text/plain", status=200 if ready else 503)


@require_safe
def readyz_in_full(request: HttpRequest) -> JsonResponse:
    return _answer(look(readiness()))


@require_safe
def market_health(request: HttpRequest) -> JsonResponse:
    """200 where the market goes on by itself, else 503; either way what each check saw."""
    return _answer(look(market()))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(_FromSettings())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _FromSettings(Collector):
    def collect(self) -> Iterator[Metric]:
        collectors: Iterable[Callable[[], Iterable[Metric]]] = map(import_string, settings.METRICS_COLLECTORS)
        for collector in collectors:
            yield from collector()


def _answer(checks: Collection[Seen]) -> JsonResponse:
    ok = all(seen.ok for seen in checks)
    body = {"ok": ok, "checks": {seen.check: {"ok": seen.ok, "saw": seen.saw} for seen in checks}}
    return JsonResponse(body, status=200 if ok else 503)
