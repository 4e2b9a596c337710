"""Speaks HTTP byte by byte to a front program that really runs: what no client would send, too."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from django.db import connection
from prometheus_client.multiprocess import MultiProcessCollector

from backstop.front.__main__ import LISTENERS
from tests.elsewhere import HOUSE, Elsewhere, eventually, free_ports

HOST = "127.0.0.1"  # whose word is taken on where a request comes from
PATIENCE_SECONDS = 30.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# As `python -m backstop.front` does, but with as much time for bodies and streams as a test needs.
SERVE = """
import sys
import django
django.setup()
from backstop.front import bodies, streams
from backstop.front.__main__ import main
bodies.SECONDS, streams.HEARTBEAT_SECONDS, streams.SLOW_SECONDS = map(float, sys.argv[2:])
main("web", "127.0.0.1", int(sys.argv[1]))
"""


@dataclass(frozen=True)
class Answer:
    """An answer, and what is in it where that is JSON."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.content["code"])


class Served:
    """The front program on a port of its own, before the database of the tests."""

    def __init__(
        self, body_seconds: float, *, heartbeat_seconds: float = 5, slow_seconds: float = 10, port: int | None = None
    ) -> None:
        self.body_seconds = body_seconds
        self._place = Elsewhere()
        self.port = port or free_ports(1)[0]
        connection.ensure_connection()
        seconds = map(str, (body_seconds, heartbeat_seconds, slow_seconds))
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.port), *seconds],
            cwd=HOUSE,
            env={
                **os.environ,
                "DATABASE_URL": connection.connection.info.dsn,
                "TMPDIR": str(self._place.folder),
                "TRUSTED_PROXIES": HOST,
            },
            stderr=self._log.open("ab"),
        )
        assert eventually(lambda: self.begun() == LISTENERS["web"].processes, 60), self._log.read_text()

    def counted(self) -> Counter[tuple[str, str]]:
        """How many requests all of its processes have measured, by route and status."""
        (places,) = self._place.folder.glob("backstop-*/run/places")
        files = [str(file) for file in places.parent.glob("measures/*/*.db")]
        samples = [sample for metric in MultiProcessCollector.merge(files) for sample in metric.samples]
        counts = {
            (sample.labels["route"], sample.labels["status"]): int(sample.value)
            for sample in samples
            if sample.name == "backstop_request_seconds_count"
        }
        return Counter(counts)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def _log(self) -> Path:
        return self._place.folder / "log"

    def clear(self) -> None:
        self._place.clear()
        self.process.wait()

    def begun(self) -> int:
        """How many processes have begun to serve so far."""
        return sum(line["event"].startswith("Started worker-") for line in self.log())

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def listens(self) -> bool:
        try:
            return self.get("/livez").status == 200
        except OSError:
            return False

    def log(self) -> list[dict[str, Any]]:
        """Every line that it has logged; each has to be JSON."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def open(self, sent: bytes = b"", *, source: str = HOST) -> socket.socket:
        """A connection on which so much was sent."""
        opened = socket.create_connection((HOST, self.port), PATIENCE_SECONDS, (source, 0))
        opened.sendall(sent)
        return opened

    def hold(self, holder: str, *, source: str = HOST) -> socket.socket:
        """A connection with a request in flight, of which the second half of the body is not sent yet."""
        words = {"Content_Length": "4", "Content_Type": "application/json", "Expect": "100-continue"}
        opened = self.open(head("POST", "/v1/bids", **words, X_Forwarded_For=holder), source=source)
        assert opened.recv(len(CONTINUE), socket.MSG_WAITALL) == CONTINUE
        opened.sendall(b"{}")
        return opened

    def get(self, path: str, **headers: str) -> Answer:
        with self.open(head("GET", path, **headers)) as opened:
            return answer(opened)


def head(method: str, path: str, *, version: str = "HTTP/1.1", **headers: str) -> bytes:
    """The head of a request, with `-` for `_` in the names of its headers."""
    named = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"{method} {path} {version}", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answer(opened: socket.socket, method: str = "GET") -> Answer:
    """The next answer on this connection."""
    said = http.client.HTTPResponse(opened, method=method)
    said.begin()
    headers = {name.lower(): value for name, value in said.getheaders()}
    return Answer(said.status, headers, said.read())


def ends(opened: socket.socket) -> bool:
    """Whether the other side closes it, after whatever else it says."""
    try:
        while opened.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True
