"""One transaction for each request, and the same answer to the same request."""

import threading

import pytest
from django.db import connection, transaction

from backstop.errors import Kind, Meaning, Refusal
from backstop.models import StoredAnswer, Venue
from backstop.refusals import GroundRefusal
from backstop.transactions import Request, operation, perform, perform_once, rehearse
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)


def once(*said, **arguments) -> object:
    return perform_once(*said, actor="test", **arguments).value


class Told(Refusal):
    NOT_TODAY = Meaning("not_today", Kind.REFUSED, "not today")


@operation
def open_venue(*, code: str) -> Venue:
    return Venue.objects.create(code=code, name=code)


@operation
def open_venue_and_refuse(*, code: str) -> Venue:
    open_venue(code=code)
    raise Told.NOT_TODAY.error()


def a_request(key: str = "one", content: object = "x", principal: str = "alice") -> Request:
    return Request(principal, "POST", "/v1/venues", key, content)


def answer(venue: Venue) -> dict[str, str]:
    return {"code": venue.code}


def test_an_operation_runs_in_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="open_venue needs a transaction"):
        open_venue(code="v")
    assert perform(open_venue, actor="test", code="v").code == "v"


def test_an_operation_cannot_be_performed_within_another_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        perform(open_venue, actor="test", code="v")


def test_a_refused_operation_leaves_nothing_and_is_tried_anew() -> None:
    for _ in range(2):
        with refused(Told.NOT_TODAY):
            once(a_request(), answer, open_venue_and_refuse, code="v")
    assert not Venue.objects.exists()
    assert not StoredAnswer.objects.exists()
    assert once(a_request(), answer, open_venue, code="v") == {"code": "v"}


def test_what_is_rehearsed_leaves_nothing_and_is_refused_as_it_would_be() -> None:
    @operation
    def open_after_trying() -> Venue:
        with refused(Told.NOT_TODAY):
            rehearse(open_venue_and_refuse, code="v")
        rehearse(open_venue, code="v")
        return open_venue(code="v")

    assert perform(open_after_trying, actor="test").code == Venue.objects.get().code == "v"


def test_the_same_request_gets_the_first_answer_though_it_could_not_be_carried_out_again() -> None:
    for _ in range(2):
        assert once(a_request(), answer, open_venue, code="v") == {"code": "v"}
    assert Venue.objects.count() == 1


def test_other_content_under_the_same_key_is_refused_and_other_principals_do_not_meet() -> None:
    once(a_request(), answer, open_venue, code="v")
    with refused(GroundRefusal.IDEMPOTENCY_KEY_REUSED):
        once(a_request(content="y"), answer, open_venue, code="w")
    assert once(a_request(principal="bob"), answer, open_venue, code="w") == {"code": "w"}


def test_the_twin_of_a_request_under_way_is_refused_at_once() -> None:
    under_way, seen = threading.Event(), threading.Event()

    @operation
    def slowly(*, code: str) -> Venue:
        under_way.set()
        assert seen.wait(timeout=10)
        return open_venue(code=code)

    def first() -> None:
        try:
            once(a_request(), answer, slowly, code="v")
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert under_way.wait(timeout=10)
        with refused(GroundRefusal.REQUEST_IN_FLIGHT):
            once(a_request(), answer, open_venue, code="v")
        assert once(a_request(key="two"), answer, open_venue, code="w") == {"code": "w"}
    finally:
        seen.set()
        thread.join()
    assert once(a_request(), answer, open_venue, code="v") == {"code": "v"}
    assert Venue.objects.count() == 2
