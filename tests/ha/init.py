"""The first process of a host: gives it folders of its own, starts what it is told, and starts it again.

`python -m tests.ha.init UNITS FOLDER`; without a folder, what it starts joins a host that there is already.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What a host has for itself and keeps, with the same owners as on this machine, and what it has anew each time.
KEPT = (
    *("/etc/haproxy", "/etc/patroni", "/etc/pgbouncer", "/etc/rabbitmq"),
    *("/var/lib/etcd", "/var/lib/postgresql", "/var/lib/rabbitmq", "/var/log/rabbitmq"),
)
PASSING = ("/run", "/dev/shm")
AGAIN_SECONDS = 1


def main(units: Path, folder: Path | None = None) -> None:
    if folder:
        _settle_in(folder)
    running: dict[int, Mapping[str, Any]] = {}
    for unit in json.loads(units.read_text()):
        running[_start(unit)] = unit
    while True:
        pid, _ = os.wait()  # orphans are the first process's to bury
        if unit := running.pop(pid, None):
            time.sleep(AGAIN_SECONDS)
            running[_start(unit)] = unit


def _settle_in(folder: Path) -> None:
    socket.sethostname(folder.name)
    for path in KEPT:
        own = folder / path[1:]
        own.mkdir(parents=True, exist_ok=True)
        there = Path(path).stat()
        os.chown(own, there.st_uid, there.st_gid)
        _mount("--bind", str(own), path)
    for path in PASSING:
        _mount("-t", "tmpfs", "tmpfs", path)
    for name in ("postgresql", "backstop"):
        place = Path("/run") / name
        place.mkdir()
        place.chmod(0o777)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def _start(unit: Mapping[str, Any]) -> int:
    with Path(unit["log"]).open("ab") as log:
        child = subprocess.Popen(
            unit["command"],
            env=unit["env"],
            cwd=unit["folder"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=unit["user"],
            group=unit["user"],
            extra_groups=[],
        )
        return child.pid


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
