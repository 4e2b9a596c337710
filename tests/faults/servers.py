"""The servers of a market, each to be killed, frozen and started again: PostgreSQL on a disk of its own, and Redis."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from unittest.mock import patch

import psutil

from backstop.stack import embedded, processes
from backstop.stack.embedded import CannotRun
from tests.elsewhere import eventually

CLONE_NEWNS = 0x00020000
DISK_MEGABYTES = 2000
RESTART_SECONDS = 60


BOUNCER_SETTINGS = """\
[databases]
backstop = host={behind} user={user}
[pgbouncer]
unix_socket_dir = {folder}
unix_socket_mode = 0777
listen_port = 5432
auth_type = any
pool_mode = transaction
server_login_retry = 1
user = {account}
"""


class Server:
    """One of the embedded servers. Started by the thread that lives longest: it ends with it."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.here = embedded.Servers(folder)
        self.kind = kind
        self._up = contextlib.ExitStack()

    def start(self) -> None:
        """Starts it again and again until it runs: what a killed one left behind may have to end first."""
        self._up.close()
        deadline = time.monotonic() + RESTART_SECONDS
        other = "BROKER_URL" if self.kind == "postgres" else "DATABASE_URL"
        mine = "DATABASE_URL" if self.kind == "postgres" else "BROKER_URL"
        while True:
            with patch.dict(os.environ, {other: "of no concern", mine: ""}):
                try:
                    self._up.enter_context(embedded.running(self.here))
                    return
                except CannotRun:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.2)

    def stop(self) -> None:
        self.resume()
        self._up.close()

    def processes(self) -> list[psutil.Process]:
        """The server and its own children; none where it is dead."""
        said = processes.Record.read(self.here.folder / f"{self.kind}.json")
        if said is None or not said.process.alive():
            return []
        leader = psutil.Process(said.process.pid)
        return [leader, *leader.children(recursive=True)]

    def kill(self) -> None:
        """The server alone: its children notice by themselves."""
        for each in self.processes()[:1]:
            each.kill()

    def freeze(self) -> None:
        for each in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                each.suspend()

    def resume(self) -> None:
        for each in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                each.resume()

    def ensure(self) -> None:
        """It runs: started again where it has ended."""
        if not self.processes():
            self.start()


class Bouncer:
    """Debian's PgBouncer, in transaction mode, before the PostgreSQL whose socket is in `behind`."""

    BINARY = Path("/usr/sbin/pgbouncer")

    def __init__(self, folder: Path, behind: Path) -> None:
        folder.mkdir(mode=0o711)
        self.folder = folder
        self.socket = folder / ".s.PGSQL.5432"
        account = pwd.getpwnam("nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
        told = {"behind": behind, "user": embedded.PROGRAMS, "folder": folder, "account": account.pw_name}
        (folder / "pgbouncer.ini").write_text(BOUNCER_SETTINGS.format(**told))

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self._child = processes.start(
            [self.BINARY, self.folder / "pgbouncer.ini"],
            record=self.folder / "pgbouncer.json",
            log=self.folder / "pgbouncer.log",
            marker=str(self.folder),
            death_signal=signal.SIGKILL,
        )
        assert eventually(self.socket.exists), (self.folder / "pgbouncer.log").read_text()

    def kill(self) -> None:
        self._child.stop(processes.FIRM)

    def freeze(self) -> None:
        os.kill(self._child.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._child.pid, signal.SIGCONT)


def disk_of_its_own(folder: Path) -> str:
    """Mounts a small disk there, which is gone with this process; why not, where that cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return "needs root"
    if ctypes.CDLL(None).unshare(CLONE_NEWNS):
        return "needs a mount namespace"
    options = f"size={DISK_MEGABYTES}m,mode=0700"
    for words in (["--make-rprivate", "/"], ["-t", "tmpfs", "-o", options, "tmpfs", str(folder)]):
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.strip()
    return ""
