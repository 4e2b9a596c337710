"""Every command of ours stands first in the list of all, has an example, says by its base what it needs, and in one
line that it is not there."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from psycopg.conninfo import make_conninfo

from backstop.config.listing import Commands
from backstop.management.policy import NeedsNone, NeedsServer, NeedsTables, WaitsForServer
from tests.elsewhere import HOUSE

LAYS_THE_TABLES_ITSELF = {"demo", "replay", "serve"}
LOOKS_WHETHER_ANYTHING_IS_THERE = {"doctor"}
OURS = {name: load_command_class(app, name) for name, app in get_commands().items() if app in settings.HOUSE}
WORDS = {
    "changepassword": ["admin"],
    "create_key": ["--venue", "x"],
    "createsuperuser": ["--noinput"],
    "report": ["quarterly"],
    "replay": ["tests/data/cascade.csv"],
    "venue": ["docs/venue.example.yaml"],
    "whatif": ["book", "--playbook", "1"],
}
EXAMPLE = re.compile(r"Example: (?:echo '(?P<input>[^']+)' \| )?manage\.py (?P<words>[^\n]+)")
EMPTY = "without_tables"
AWAY = "postgresql://nobody@/nothing?host=/nowhere"
DID = """
import contextlib, io, json
from backstop.config import manage
said = {{}}
for words in {commands!r}:
    with contextlib.redirect_stderr(io.StringIO()) as errors, contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            manage.main(["backstop", *words])
            code = 0
        except SystemExit as ended:
            code = ended.code
        except Exception as problem:
            code = f"Traceback: {{problem!r}}"
    said[words[0]] = [code, errors.getvalue(), output.getvalue()]
print(json.dumps(said))
"""


def those(base: type) -> set[str]:
    return {name for name, command in OURS.items() if isinstance(command, base)}


def said_by(names: set[str], url: str) -> dict[str, str]:
    """Of each of these commands its only line, having failed with code 1."""
    commands = [[name, *WORDS.get(name, [])] for name in sorted(names)]
    env = {**os.environ, "DATABASE_URL": url, "MIGRATE_DATABASE_URL": ""}
    command = [sys.executable, "-c", DID.format(commands=commands)]
    done = subprocess.run(command, cwd=HOUSE, env=env, capture_output=True, text=True, check=True)
    lines = {}
    for name, (code, errors, output) in json.loads(done.stdout.splitlines()[-1]).items():
        wrong = [line for line in output.splitlines() if line.startswith("WRONG")] if name == "doctor" else []
        line = code if isinstance(code, str) else errors.strip() if not wrong else "\n".join(wrong)
        assert code != 0, name
        assert len(line.splitlines()) == 1, (name, line)
        lines[name] = line
    return lines


@pytest.fixture
def without_tables() -> Iterator[str]:
    with psycopg.connect(make_conninfo(os.environ["DATABASE_URL"], dbname="postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {EMPTY} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {EMPTY}")
        yield make_conninfo(os.environ["DATABASE_URL"], dbname=EMPTY)
        server.execute(f"DROP DATABASE {EMPTY} WITH (FORCE)")


def test_every_command_says_what_it_needs() -> None:
    by_base = [those(base) for base in (NeedsNone, NeedsServer, WaitsForServer)]
    groups = [*by_base, LAYS_THE_TABLES_ITSELF, LOOKS_WHETHER_ANYTHING_IS_THERE]
    assert set().union(*groups) == OURS.keys()
    assert sum(map(len, groups)) == len(OURS), "one of them each"
    assert those(NeedsServer) - those(NeedsTables) == {"migrate"}
    assert those(WaitsForServer) == {"run_clock", "relay"}, "programs wait"
    assert {"createsuperuser", "changepassword", "create_key", "audit"} <= those(NeedsTables)


def test_a_database_that_is_away_is_one_line_of_every_command() -> None:
    asking = those(NeedsServer) | LAYS_THE_TABLES_ITSELF | LOOKS_WHETHER_ANYTHING_IS_THERE
    for name, line in said_by(asking, AWAY).items():
        assert "the database does not answer; `make run` starts one, DATABASE_URL names one: " in line, name


def test_a_database_without_tables_is_one_line_of_every_command(without_tables: str) -> None:
    for name, line in said_by(those(NeedsTables) | LOOKS_WHETHER_ANYTHING_IS_THERE, without_tables).items():
        assert line.endswith("migrations are not applied: run `migrate`"), name


def example_of(name: str) -> tuple[str | None, list[str]]:
    """What the example in a command's help is given by another program, and its words after the command's name."""
    found = EXAMPLE.search(OURS[name].help)
    assert found, f"{name} has no example"
    command, *words = shlex.split(found["words"])
    assert command == name
    return found["input"], words


def test_help_lists_the_products_commands_first_and_each_once() -> None:
    _, *sections = Commands(["manage.py", "help"]).main_help_text().split("\n\n")
    (first, *products), (second, *others) = (section.splitlines() for section in sections)
    assert (first, second) == ("The product's commands:", "Django's:")
    assert [name.strip() for name in products] == sorted(OURS)
    assert [name.strip() for name in others] == sorted(get_commands().keys() - OURS.keys())


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_help_has_an_example_that_the_command_takes(name: str) -> None:
    _, words = example_of(name)
    OURS[name].create_parser("manage.py", name).parse_args(words)
    assert [word for word in words if "/" in word and not (HOUSE / word).exists()] == []


@pytest.mark.parametrize("name", ["clear", "curve", "simulate"])
def test_the_example_of_a_calculator_is_answered(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given, words = example_of(name)
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    said = io.StringIO()
    call_command(name, *words, stdout=said)
    assert len(said.getvalue().splitlines()) > 1
