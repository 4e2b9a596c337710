"""Hosts on this machine: namespaces that a bridge joins, each to be lost whole, or cut off from the others."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from tests.elsewhere import HOUSE

NETWORK = "10.0.1"  # in which deploy/balancer looks for the first stack
OURS = f"{NETWORK}.100"  # this process's own place beside the hosts
NOBODY = "02:00:00:00:00:ff"


@dataclass(frozen=True)
class Unit:
    """What a host runs: a command line, its whole environment, the account that it runs as, and where."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = "root"
    folder: str = "/"


class Host:
    """A machine. What it keeps, and its logs, are in `folder` and outlast its loss."""

    def __init__(self, name: str, number: int, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.address = f"{NETWORK}.{number}"
        self._port = f"port-{number}"
        self._units: list[Unit] = []
        folder.mkdir(mode=0o711)
        _ip("netns", "add", name)
        _ip("link", "add", self._port, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", self._port, "master", "bridge")
        _ip("-n", name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", name, "link", "set", device, "up")

    def boot(self, units: Sequence[Unit] = ()) -> None:
        """Starts these from now on, and all that it ran before, in no order; and its link."""
        self._units += units
        _ip("link", "set", self._port, "up")
        own = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
        self._first = self._init(["ip", "netns", "exec", self.name, *own], self._units, str(self.folder))

    def run(self, units: Sequence[Unit]) -> None:
        """Runs these too, from now on."""
        self._units += units
        self._init([*self._inside(), "env", "--chdir", str(HOUSE)], units)

    def ask(self, user: str, *words: str) -> None:
        """Runs a command on it, which has to succeed."""
        command = [*self._inside(), "runuser", "--user", user, "--", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def lose(self) -> None:
        """All at once and without a word: who talks with it hears nothing more."""
        _ip("link", "set", self._port, "down")
        self._first.kill()
        self._first.wait()

    def cut(self, others: Sequence["Host"]) -> None:
        """What these and it send to each other reaches nobody; everybody else still reaches all of them."""
        self._between(others, "replace", "lladdr", NOBODY, "nud", "permanent")

    def heal(self, others: Sequence["Host"]) -> None:
        self._between(others, "del")

    def _between(self, others: Sequence["Host"], verb: str, *words: str) -> None:
        for here, there in [pair for other in others for pair in ((self, other), (other, self))]:
            _ip("-n", here.name, "neighbour", verb, there.address, "dev", "eth0", *words)

    def _inside(self) -> list[str]:
        (first,) = psutil.Process(self._first.pid).children()
        return ["nsenter", "--target", str(first.pid), "--all"]

    def _init(self, inside: Sequence[str], units: Sequence[Unit], *words: str) -> "subprocess.Popen[bytes]":
        told = self.folder / f"{units[0].name}.json"
        told.write_text(json.dumps([{**asdict(unit), "log": str(self.folder / f"{unit.name}.log")} for unit in units]))
        command = [*inside, sys.executable, "-m", "tests.ha.init", str(told), *words]
        with (self.folder / "init.log").open("ab") as log:
            return subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def lay_network(names: Sequence[str], folder: Path) -> list[Host]:
    """Hosts of these names, which know each other by them. All of it belongs to this process's own namespaces of mounts
    and networks, and is gone with them."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)  # where `ip` keeps what it names
    known = folder / "hosts"
    lines = ["127.0.0.1 localhost", *(f"{NETWORK}.{number} {name}" for number, name in enumerate(names, 1))]
    known.write_text("\n".join(lines) + "\n")
    subprocess.run(["mount", "--bind", str(known), "/etc/hosts"], check=True)
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "bridge", "type", "bridge")
    _ip("address", "add", f"{OURS}/24", "dev", "bridge")
    _ip("link", "set", "bridge", "up")
    return [Host(name, number, folder / name) for number, name in enumerate(names, 1)]


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
