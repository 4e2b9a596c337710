"""A temporary folder of its own for programs that start real servers, so that no test meets the run of a developer."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

HOUSE = Path(__file__).resolve().parent.parent
SECRETS = ("SECRET_KEY", "SIGNING_KEY", "SEALING_KEYS")
URLS = ("DATABASE_URL", "MIGRATE_DATABASE_URL", "REPLICA_DATABASE_URL", "BROKER_URL")
OURS = (*URLS, *SECRETS, "PORT", "OPERATORS_PORT")


@dataclass
class Elsewhere:
    """Runs snippets of Python as processes whose run folder lies in `folder`."""

    folder: Path = field(default_factory=lambda: _new_folder())
    env: dict[str, str] = field(default_factory=dict)

    def start(self, code: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            env={**self._environment(), **self.env, **env},
            cwd=HOUSE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, **env: str) -> str:
        """What it printed; it has to succeed."""
        program = self.start(code, **env)
        output, errors = program.communicate(timeout=120)
        assert program.returncode == 0, errors
        return output.strip()

    def left(self) -> list[str]:
        """The command lines of everything that still runs with this folder as its temporary folder."""
        return [" ".join(each.cmdline()) for each in psutil.process_iter() if self._is_here(each)]

    def clear(self) -> None:
        for each in psutil.process_iter():
            if self._is_here(each):
                each.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep_logs(self) -> Path:
        """A folder beside it with the logs of all that ran here, which stays."""
        kept = Path(f"{self.folder}-logs")
        for log in self.folder.rglob("*.log"):
            copy = kept / log.relative_to(self.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(log, copy)
        return kept

    def _is_here(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            words = [process.environ().get("TMPDIR", ""), *process.cmdline()]  # Redis overwrites its environment
            return any(str(self.folder) in word for word in words)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        return {**inherited, "TMPDIR": str(self.folder), "DJANGO_SETTINGS_MODULE": "backstop.config.settings"}


def said(program: subprocess.Popen[str]) -> str:
    """The next line that a started snippet prints."""
    assert program.stdout is not None
    line: str = program.stdout.readline().strip()
    assert line, program.communicate()[1]
    return line


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def in_the_end(ask: Callable[[], Any], seconds: float = 60) -> Any:
    """What it answers, once that is something."""
    found: list[Any] = []
    assert eventually(lambda: bool(found.append(ask()) or found[-1]), seconds)
    return found[-1]


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody listens at."""
    with contextlib.ExitStack() as stack:
        claims = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [claim.getsockname()[1] for claim in claims]


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bt-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as somebody who has to pass through
    return folder
