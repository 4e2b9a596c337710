"""A connection that answered a moment ago is not asked whether it works; one that was closed is noticed still."""

import psycopg
import pytest
from django.db import connection

from backstop.postgres import base
from tests.elsewhere import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def answered_by() -> int:
    """By which process of the server, as a request's first statement."""
    connection.health_check_done = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    answered_by()
    answers: list[bool] = []
    works = base.DatabaseWrapper.is_usable
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda self: answers.append(works(self)) or answers[-1])
    return answers


def test_one_that_answered_a_moment_ago_is_taken_to_work(asked, monkeypatch) -> None:
    answered_by()
    assert asked == []
    monkeypatch.setattr(base, "FRESH_SECONDS", 0)
    answered_by()
    assert asked == [True]


def test_one_that_the_server_closed_is_asked_and_another_made(asked) -> None:
    closed = answered_by()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [closed])
    assert eventually(lambda: not connection._is_silent())
    assert answered_by() != closed
    assert asked == [False]
