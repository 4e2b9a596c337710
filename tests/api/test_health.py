"""What an operator's machines ask is answered without a key, and truthfully."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.urls import URLPattern
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from backstop import health as health_of_the_ground
from backstop.api import health
from backstop.config import operators_settings, operators_urls, urls
from backstop.config.celery import app as celery_app
from backstop.health import Unhealthy
from tests.conftest import Travel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_was_seen_yet() -> None:
    health_of_the_ground.require_migrations.cache_clear()


@pytest.fixture
def operators() -> Client:
    """A client of the operators' listener."""
    return Operators()


class Operators(Client):
    """Asks with the operators' settings in force."""

    def request(self, **request: Any) -> Any:
        with override_settings(
            ROOT_URLCONF=operators_settings.ROOT_URLCONF,
            MIDDLEWARE=operators_settings.MIDDLEWARE,
            ALLOWED_HOSTS=operators_settings.ALLOWED_HOSTS,
        ):
            self.handler._middleware_chain = None
            return super().request(**request)


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


def test_it_is_ready_when_it_can_answer_whatever_the_market_is_like(client: Client, settings: Settings) -> None:
    settings.MARKET_CHECKS = [f"{__name__}.is_late"]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n"), "and no detail for the public"


def test_it_is_not_ready_while_a_migration_is_missing(client: Client, operators: Client, database_owner: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'backstop'")
    assert client.get("/readyz").status_code == 503
    answer = operators.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == {"ok": True, "saw": "answers"}
    assert answer.json()["checks"]["migrations"]["ok"] is False


def test_what_was_migrated_once_is_not_looked_at_again(
    client: Client, database_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    honest = health_of_the_ground.MigrationExecutor
    monkeypatch.setattr(
        health_of_the_ground, "MigrationExecutor", lambda *words: looked.append(words) or honest(*words)
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'backstop' RETURNING app, name, applied")
        applied = cursor.fetchall()
    assert [client.get("/readyz").status_code for _ in range(2)] == [503, 503]
    assert len(looked) == 2, "it looks until it is good"
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", applied)
    assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert len(looked) == 3


def test_without_a_broker_it_is_ready_and_the_market_is_said_to_be_worse(
    client: Client, operators: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery_app.conf, "broker_write_url", "redis+socket:///nowhere/redis.sock")
    assert client.get("/readyz").status_code == 200
    answer = operators.get("/healthz/market")
    assert answer.status_code == 503
    assert "the clock works alone" in answer.json()["checks"]["broker"]["saw"]
    assert operators.get("/metrics").status_code == 200


def test_the_market_is_well_where_every_check_passes(operators: Client, settings: Settings) -> None:
    settings.MARKET_CHECKS = [f"{__name__}.is_in_time"]
    answer = operators.get("/healthz/market")
    assert answer.status_code == 200
    assert answer.json()["checks"]["is_in_time"] == {"ok": True, "saw": "nothing is due"}
    settings.MARKET_CHECKS = [f"{__name__}.is_in_time", f"{__name__}.is_late"]
    answer = operators.get("/healthz/market")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert answer.json()["checks"]["is_late"] == {"ok": False, "saw": "the earliest auction is 9 seconds late"}


def test_the_doctor_says_the_same_in_lines(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.MARKET_CHECKS = [f"{__name__}.is_in_time"]
    call_command("doctor")
    assert "ok    is_in_time: nothing is due" in capsys.readouterr().out
    settings.MARKET_CHECKS = [f"{__name__}.is_late"]
    with pytest.raises(CommandError, match=r"1 of 6 are wrong: is_late"):
        call_command("doctor")
    assert "WRONG is_late: the earliest auction is 9 seconds late" in capsys.readouterr().out


def test_metrics_come_from_the_collectors_above(operators: Client, settings: Settings) -> None:
    settings.METRICS_COLLECTORS = [f"{__name__}.collect"]
    assert "backstop_open_auctions 3.0" in operators.get("/metrics").content.decode()


@pytest.mark.parametrize("path", ["/metrics", "/healthz/market"])
def test_the_public_has_no_address_of_the_operators(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_what_operators_are_told_stands_at_no_public_address_by_any_name() -> None:
    theirs = {pattern.callback for pattern in operators_urls.urlpatterns} - {health.livez}
    ours = {pattern.callback for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
    assert health.metrics in theirs
    assert not theirs & ours


def test_time_is_the_time_of_the_database(client: Client, travel: Travel) -> None:
    now = travel.freeze()
    assert datetime.fromisoformat(client.get("/v1/time").json()["now"]) == now


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/v1/time"])
def test_nothing_is_changed_by_asking(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/healthz/market"])
def test_nothing_is_changed_by_operators_asking(operators: Client, path: str) -> None:
    assert operators.post(path).status_code == 405
