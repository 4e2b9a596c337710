"""A command that cannot run says why in one line."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import IntegrityError, OperationalError
from psycopg.conninfo import make_conninfo

from backstop.faults import explain
from tests import roles
from tests.elsewhere import HOUSE


def fail(*arguments: str, **env: str) -> str:
    """What it said, having failed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=HOUSE, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr.strip()


def test_before_make_setup_one_line_says_so() -> None:
    """Without its site packages a Python has no Django, as that of a machine where nothing was set up."""
    done = subprocess.run([sys.executable, "-S", "manage.py", "help"], cwd=HOUSE, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        1,
        "Django is not installed here: run `make setup`, then `.venv/bin/python manage.py …`\n",
    )


def test_a_role_that_migrate_itself_would_connect_as_is_not_said_to_be_created_by_it() -> None:
    url = make_conninfo(os.environ["DATABASE_URL"], user="absent")
    said = fail("migrate", "--plan", DATABASE_URL=url, MIGRATE_DATABASE_URL=url)
    assert "`createuser` makes an owner" in said
    assert len(said.splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_line() -> None:
    said = fail("showmigrations", DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere")
    assert said.startswith("the database does not answer; `make run` starts one, DATABASE_URL names one: ")
    assert len(said.splitlines()) == 1


def explained(statement: str, url: str) -> str:
    """What is said of this statement of a program."""
    try:
        with psycopg.connect(url) as program:
            program.execute(statement)
    except psycopg.Error as error:
        return explain(error) or "nothing"
    return "no fault"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"host": "/nowhere"}, "the database does not answer; `make run` starts one, DATABASE_URL names one: "),
        ({"dbname": "absent"}, "there is no such database; `createdb` makes it, DATABASE_URL names it: "),
        ({"user": "absent"}, "the database does not let this role in; `migrate` creates that of DATABASE_URL as "),
        ({"dbname": "template1"}, "the tables are not those of this release; `migrate` lays them: "),
    ],
)
def test_a_database_that_cannot_be_used_is_explained(where: dict[str, str], said: str) -> None:
    told = explained("SELECT FROM backstop_venue", make_conninfo(os.environ["DATABASE_URL"], **where))
    assert told.startswith(said)
    assert len(told.splitlines()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "SET TRANSACTION READ ONLY; INSERT INTO backstop_outbox (event_id) VALUES (1)",
            "the database only reads, as a standby does;",
        ),
        ("SET lock_timeout = 1; LOCK TABLE backstop_venue IN SHARE MODE", "others hold what this needs; try again:"),
        ("SET statement_timeout = 1; SELECT pg_sleep(1)", "it took longer than statement_timeout allows this role;"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "the database starts, or is being shut down;"),
        ("DROP TABLE backstop_venue", "this role may not do that; `migrate` grants its rights, and connects as "),
        ("SELECT place_bids_of_another_release()", "the functions are not those of this release; `migrate` lays them:"),
        ("SELECT new FROM backstop_venue", "the tables are not those of this release; `migrate` lays them:"),
    ],
)
def test_what_the_database_refuses_is_explained(statement: str, said: str) -> None:
    with psycopg.connect(roles.programs_url()) as locking:
        locking.execute("LOCK TABLE backstop_venue IN ROW EXCLUSIVE MODE")
        assert explained(statement, roles.programs_url()).startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('FATAL:  password authentication failed for user "backstop"', "the database does not let this role in;"),
        ("fe_sendauth: no password supplied", "the database does not let this role in;"),
        ("FATAL:  sorry, too many clients already", "the database takes no more connections;"),
        ('FATAL:  too many connections for database "backstop"', "the database takes no more connections;"),
        ("FATAL:  the database system is starting up", "the database starts, or is being shut down;"),
        ('FATAL:  permission denied for database "backstop"', "this role may not do that;"),
        ("server closed the connection unexpectedly", "the database does not answer;"),
    ],
)
def test_who_is_not_let_in_is_told_why(words: str, said: str) -> None:
    told = explain(OperationalError(f"connection failed: {words}\n\tmore")) or ""
    assert told.startswith(said)
    assert told.endswith(words)


def test_what_nobody_expects_is_not_explained_away() -> None:
    assert explain(IntegrityError("a fault of ours")) is None


def test_shared_servers_without_a_shared_secret_are_refused_in_one_line() -> None:
    said = fail("check", SECRET_KEY="", DATABASE_URL="postgresql://db/x", BROKER_URL="amqp://mq")
    assert said.startswith('Environment variable "SECRET_KEY" invalid')
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "fault"),
    [("", "a key has 32 bytes"), ("c2hvcnQ=", "a key has 32 bytes"), ("?", "a key is written in base64")],
)
def test_a_shared_database_without_a_shared_signing_key_is_refused_in_one_line(key: str, fault: str) -> None:
    said = fail("check", SIGNING_KEY=key, DATABASE_URL="postgresql://db/x")
    assert said == f"SIGNING_KEY: {fault}; `openssl rand -base64 32` makes one"
