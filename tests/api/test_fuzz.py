"""Whatever is sent to any address that the API describes, it answers as it says: never with a fault of its own.

`CASES=500` asks more.
"""

import json
import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup

from backstop.config.wsgi import application
from tests.builders import a_commitment, a_provider, a_provider_key, a_venue, a_venue_key, an_instrument

pytestmark = pytest.mark.django_db

# For JSON Schema, 2.0 is a whole number; of two fields either both say something or neither, or one comes before the
# other; a time may be of any zone; a cursor is one that was given out; and a signature is of what it signs.
UNTOLD = (
    *("not_whole", "window_partial", "period_refused", "moment_refused", "cursor_refused"),
    "cover_signature_refused",
)
ANY_TEXT = "GET /v1/problems/{code}"  # whatever is asked for may be asked for
FREE = "POST /v1/playbooks"  # what each parameter may be is its own rule
EACH_ALONE = ("POST /v1/bids", "POST /v1/auctions/{auction_id}/bids")  # an item that is malformed fails alone
PLACES = ("body", "path", "query", "header")
UNREADABLE = (400, 415, 422)
CAREFULLY = settings(
    max_examples=int(os.environ.get("CASES", "3")),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
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
def test_whatever_is_sent_is_answered_as_the_document_says(keys, mode) -> None:
    found: dict[tuple[str, str], str] = {}

    def ask(case) -> None:
        for key in keys:
            answer = case.call(headers={"Authorization": f"Bearer {key}"})
            if finding := finding_of(case, answer):
                found.setdefault((case.operation.label, finding), ascii(case.body)[:200])

    for result in schemathesis.openapi.from_wsgi("/v1/openapi.json", application).get_all_operations():
        operation = result.ok()
        if mode.is_positive or can_be_wrong(operation):
            CAREFULLY(given(operation.as_strategy(generation_mode=mode))(ask))()
    assert not found, "\n".join(f"{label}: {finding}; sent {sent}" for (label, finding), sent in found.items())


def can_be_wrong(operation) -> bool:
    """Whether an operation is told anything that may be wrong; a public document is not."""
    told = (operation.path_parameters, operation.query, operation.headers, operation.body)
    return operation.label != ANY_TEXT and any(list(part) for part in told)


def finding_of(case, answer) -> str:
    """What is wrong with the answer to a case; nothing where it is as described."""
    if answer.status_code >= 500:
        return "a fault of ours"
    told_apart = case.operation.label in EACH_ALONE and "data" in json.loads(answer.text)
    if answer.status_code < 300 and not told_apart and is_wrong_on_purpose(case, "body", "path", "query"):
        return "it is taken, against the document"
    if (
        case.operation.label != FREE
        and answer.status_code in UNREADABLE
        and (faults := unexpected(answer))
        and not is_wrong_on_purpose(case, *PLACES)
    ):
        return f"it is refused, against the document: {faults}"
    try:
        case.operation.validate_response(answer)
    except FailureGroup as group:
        return "; ".join(f"{each.title}: {each.message}"[:200] for each in group.exceptions)
    except Failure as failure:
        return f"{failure.title}: {failure.message}"[:200]
    return ""


def is_wrong_on_purpose(case, *places: str) -> bool:
    """Whether something there is not what the document asks for; a header is a text whatever it says."""
    return any(part.mode.is_negative and place.value in places for place, part in case.meta.components.items())


def unexpected(answer) -> list[tuple[str, str]]:
    """The faults that a serializer finds, but for those that no schema tells of."""
    problem = json.loads(answer.text)
    if problem["code"] not in ("invalid", "json_malformed", "json_excessive", "text_not_storable"):
        return []
    return sorted({(one["pointer"], one["code"]) for one in problem["errors"] if one["code"] not in UNTOLD})[:5]
