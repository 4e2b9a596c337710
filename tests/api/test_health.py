"""What an operator's machines ask is answered without a key, and truthfully."""

import time
from collections.abc import Iterable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from backstop.api.health import Unhealthy
from backstop.config.celery import app as celery_app
from tests.conftest import Travel

pytestmark = pytest.mark.django_db


def is_late() -> str:
    raise Unhealthy("the earliest auction is 9 seconds late")


def is_in_time() -> str:
    return "nothing is due"


def collect() -> Iterable[Metric]:
    yield GaugeMetricFamily("backstop_open_auctions", "Auctions that take bids", value=3)


def test_it_is_alive_without_asking_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/livez").status_code == 200


def test_it_is_ready_when_every_check_passes(client: Client, settings: Settings) -> None:
    settings.HEALTH_CHECKS = [f"{__name__}.is_in_time"]
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["database"] == {"ok": True, "saw": "answers"}
    assert answer.json()["checks"]["is_in_time"] == {"ok": True, "saw": "nothing is due"}


def test_it_is_not_ready_when_a_check_from_above_says_so(client: Client, settings: Settings) -> None:
    settings.HEALTH_CHECKS = [f"{__name__}.is_late"]
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["is_late"] == {"ok": False, "saw": "the earliest auction is 9 seconds late"}


def test_it_is_not_ready_while_a_migration_is_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'backstop'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"]["ok"] is False


def test_it_is_soon_not_ready_while_the_broker_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_app.conf, "broker_write_url", "redis+socket:///nowhere/redis.sock")
    started = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - started < 5
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"]["ok"] is False


def test_metrics_come_from_the_collectors_above(client: Client, settings: Settings) -> None:
    settings.METRICS_COLLECTORS = [f"{__name__}.collect"]
    assert "backstop_open_auctions 3.0" in client.get("/metrics").content.decode()


def test_time_is_the_time_of_the_database(client: Client, travel: Travel) -> None:
    now = travel.freeze()
    assert datetime.fromisoformat(client.get("/v1/time").json()["now"]) == now


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/v1/time"])
def test_nothing_is_changed_by_asking(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
