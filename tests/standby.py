"""Copies of the server that this run's tests use: one by itself, and a streaming replica to be paused and killed."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from backstop.stack import processes
from tests.elsewhere import eventually


@contextmanager
def a_pair(run: Path) -> Iterator[tuple["Copy", "Copy"]]:
    """A primary, and the standby that follows it. Theirs alone: transactions of other tests would be waited for."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with (
        Copy(run, f"primary-{worker}").running() as primary,
        Copy(primary.home, f"standby-{worker}", follows=True).running() as standby,
    ):
        yield primary, standby


@dataclass
class Copy:
    """A server made by `pg_basebackup` of the one whose sockets and data are in `source`; run with its command line."""

    source: Path
    name: str
    follows: bool = False

    @property
    def home(self) -> Path:
        """Where its own sockets and data are."""
        return self.source.with_name(self.name)

    @contextmanager
    def running(self) -> Iterator["Copy"]:
        processes.end_leftovers(self.home.with_suffix(".json"))
        self._copy()
        self.start()
        try:
            yield self
        finally:
            self.kill()
            shutil.rmtree(self.home)
            self.home.with_suffix(".log").unlink()

    def start(self) -> None:
        log = self.home.with_suffix(".log")
        self._child = processes.start(
            [word.replace(str(self.source), str(self.home)) for word in self._postmaster().cmdline()],
            record=self.home.with_suffix(".json"),
            log=log,
            marker=str(self.home),
            **self._account(),
        )
        assert eventually(self._answers), log.read_text()

    def kill(self) -> None:
        self._child.stop(processes.FIRM)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """A block in which it gets what the primary writes, and replays none of it."""
        self._ask("SELECT pg_wal_replay_pause()")
        assert eventually(lambda: self._ask("SELECT pg_get_wal_replay_pause_state()") == "paused")
        try:
            yield
        finally:
            self._ask("SELECT pg_wal_replay_resume()")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A block in which it stands still, with all of its connections."""
        family = [psutil.Process(self._child.pid), *psutil.Process(self._child.pid).children()]
        for each in family:
            each.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for each in family:
                each.send_signal(signal.SIGCONT)

    def _copy(self) -> None:
        owner = pwd.getpwuid(self._postmaster().uids().real)
        self._let_copy(owner.pw_name)
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        os.chown(self.home, owner.pw_uid, owner.pw_gid)
        program = Path(self._postmaster().exe()).with_name("pg_basebackup")
        command = [program, "-h", self.source, "-U", owner.pw_name, "-D", self.home / "data"]
        command += ["--checkpoint=fast", "--no-sync", *(["--write-recovery-conf"] if self.follows else [])]
        copied = subprocess.run(command, capture_output=True, text=True, check=False, **self._account())
        assert copied.returncode == 0, copied.stderr

    def _let_copy(self, name: str) -> None:
        """The server believes the kernel who connects, so that the account it runs as needs a role of its name."""
        known = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
        with _connected(self.source) as connection, contextlib.suppress(*known):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN REPLICATION").format(sql.Identifier(name)))

    def _postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.source / "data" / "postmaster.pid").read_text().split()[0]))

    def _account(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        postmaster = self._postmaster()
        return {"user": postmaster.uids().real, "group": postmaster.gids().real, "extra_groups": [], "cwd": "/"}

    def _answers(self) -> bool:
        try:
            return bool(self._ask("SELECT pg_is_in_recovery()") == self.follows)
        except psycopg.OperationalError:
            return False

    def _ask(self, query: str) -> Any:
        with _connected(self.home) as connection:
            return connection.execute(query).fetchone()[0]  # type: ignore[index]


def _connected(home: Path) -> psycopg.Connection[Any]:
    me = pwd.getpwuid(os.geteuid()).pw_name
    return psycopg.connect(host=str(home), user=me, dbname="postgres", autocommit=True)
