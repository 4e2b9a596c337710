"""docs/operating.md leads from an empty database to a closed book: by its very commands, which say what it shows."""

import base64
import contextlib
import io
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from accounts.desks.second_factors import code_at
from tests.elsewhere import HOUSE, OURS, Elsewhere, free_ports
from tests.guides import PARTS, hold_output

pytestmark = pytest.mark.xdist_group("processes")

GUIDE = (HOUSE / "docs" / "operating.md").read_text()
STEPS = GUIDE.partition("## A venue of one's own")[2].partition("\n## ")[0]
DATABASE = "first_steps"
OVER = "this block is over"


class Shell:
    """One terminal in which block after block is typed. One that fails ends it."""

    def __init__(self, env: dict[str, str]) -> None:
        words = ["bash", "-eu"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self._bash = subprocess.Popen(words, cwd=HOUSE, env=env, text=True, **pipes)

    def say(self, block: str) -> str:
        """What it printed; it has to succeed."""
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"{{\n{block}\n}} < /dev/null\necho; echo {OVER}\n")
        self._bash.stdin.flush()
        said = ""
        for line in self._bash.stdout:
            if line.strip() == OVER:
                return said.strip()
            said += line
        raise AssertionError(f"{block}\nfailed: {said}")

    def close(self) -> None:
        self._bash.kill()
        self._bash.communicate()


@pytest.fixture
def empty_database() -> Iterator[str]:
    with psycopg.connect(make_conninfo(os.environ["DATABASE_URL"], dbname="postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
        yield os.environ["DATABASE_URL"].replace("/backstop?", f"/{DATABASE}?")
        server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        server.execute(f"DROP ROLE {DATABASE}_application, {DATABASE}_reader")


@pytest.fixture
def home() -> Iterator[Path]:
    elsewhere = Elsewhere()
    yield elsewhere.folder
    elsewhere.clear()


def test_the_fourteen_steps_lead_from_an_empty_database_to_a_closed_book(
    empty_database: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, operators_port = map(str, free_ports(2))
    own = {"HOME": str(home), "TMPDIR": str(home), "DATABASE_URL": empty_database}
    own |= {"PORT": port, "OPERATORS_PORT": operators_port, "URL": f"http://127.0.0.1:{port}"}
    shell = Shell({**{name: value for name, value in os.environ.items() if name not in OURS}, **own})
    for name in ("HOME", "URL"):
        monkeypatch.setenv(name, own[name])
    python = python_session()
    said = ""
    with contextlib.closing(shell):
        for language, text, cue in PARTS.findall(STEPS):
            if cue:
                for person in ("olivia", "peter"):
                    enroll(own["URL"], person, (home / "example" / f"{person}.password").read_text().strip())
            elif language == "text":
                hold_output(text, said)
                said = ""
            else:
                assert not said, f"nothing is shown of {said}"
                said = shell.say(text) if language == "sh" else python(text)
        assert not said


def python_session() -> Callable[[str], str]:
    names: dict[str, Any] = {}

    def run(block: str) -> str:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(block, names)
        return said.getvalue().strip()

    return run


def enroll(url: str, person: str, password: str) -> None:
    """As a browser does: the password, then the picture's secret, by which the authenticator makes a code."""
    with httpx2.Client(base_url=url, follow_redirects=True, trust_env=False) as browser:
        asked = browser.get("/admin/")
        assert asked.url.path == "/admin/login/"
        sent = {"username": person, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        shown = browser.post(str(asked.url), data=sent)
        assert shown.url.path == "/admin/second-factor/enroll/"
        (secret,) = re.findall(r'id="key"[^>]*>([A-Z2-7=]+)<', shown.text)
        code = code_at(base64.b32decode(secret).hex(), time.time())
        browser.post(str(shown.url), data={"code": code, "csrfmiddlewaretoken": browser.cookies["csrftoken"]})
        assert browser.get("/admin/").url.path == "/admin/"
