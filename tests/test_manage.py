"""A command that cannot run says why in one line."""

import os
import subprocess
import sys

import pytest

from tests.elsewhere import HOUSE


def fail(*arguments: str, **env: str) -> str:
    """What it said, having failed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=HOUSE, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr.strip()


def test_a_database_that_does_not_answer_is_one_line() -> None:
    said = fail("showmigrations", DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere")
    assert said.startswith("the database does not answer; `make run` starts one, DATABASE_URL names one: ")
    assert len(said.splitlines()) == 1


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
