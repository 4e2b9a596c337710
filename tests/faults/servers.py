"""The servers of a market, each to be killed, frozen and started again: PostgreSQL on a disk of its own, and Redis."""

import contextlib
import ctypes
import os
import subprocess
import time
from pathlib import Path
from unittest.mock import patch

import psutil

from backstop.stack import embedded, processes
from backstop.stack.embedded import CannotRun

CLONE_NEWNS = 0x00020000
DISK_MEGABYTES = 2000
RESTART_SECONDS = 60


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
