"""Whatever is sent to any address that the API describes, it answers: never with a fault of its own."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from backstop.config.wsgi import application
from tests.builders import a_commitment, a_provider, a_provider_key, a_venue, a_venue_key, an_instrument

pytestmark = pytest.mark.django_db

CAREFULLY = settings(
    max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def keys() -> list[str]:
    venue = a_venue("v")
    an_instrument(venue, "BTC-PERP", price="10")
    alice = a_provider(venue)
    a_commitment(alice)
    return [a_venue_key(venue), a_provider_key(alice)]


@pytest.fixture
def _one_connection():
    """The server side of a request closes its connection, and with it this test's transaction."""
    for moment in (request_started, request_finished):
        moment.disconnect(close_old_connections)
    yield
    for moment in (request_started, request_finished):
        moment.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("mode", GenerationMode)
def test_no_request_is_answered_with_a_fault_of_ours(keys, mode) -> None:
    answered = set()

    def ask(case) -> None:
        for key in keys:
            answer = case.call(headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code < 500, (case.operation.label, case.body, case.query, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"]
                assert json.loads(answer.text)["code"]
            answered.add(case.operation.label)

    for result in schemathesis.openapi.from_wsgi("/v1/openapi.json", application).get_all_operations():
        cases = result.ok().as_strategy(generation_mode=mode)  # type: ignore[union-attr]
        CAREFULLY(given(cases)(ask))()
    assert len(answered) >= 10
