"""The balancer in `deploy`, as HAProxy runs it: each venue gets to its stack, and nobody gets all connections."""

import json
import re
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import builders as build
from tests.elsewhere import HOUSE, eventually

pytestmark = pytest.mark.ha

BALANCER = HOUSE / "deploy" / "balancer"
HOST = "127.0.0.1"


class Stack(ThreadingHTTPServer):
    """Says of every request which stack it came to, and from whom."""

    def __init__(self, name: str) -> None:
        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                said = f"{name} {self.headers['X-Forwarded-For']}".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__((HOST, 0), Answering)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def stacks() -> Iterator[list[Stack]]:
    """Two servers of the stack `first`, and two of `second`."""
    running = [Stack(name) for name in ("first", "first", "second", "second")]
    yield running
    for each in running:
        each.shutdown()
        each.server_close()


@pytest.fixture
def port(stacks: list[Stack], tmp_path: Path) -> Iterator[int]:
    """Where HAProxy listens: all is as it is deployed, but for addresses, and without TLS."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    text, binds = re.subn(r"bind :443 ssl crt \S+", f"bind {HOST}:{port}", (BALANCER / "haproxy.cfg").read_text())
    text, maps = re.subn(r"/etc/haproxy/stacks\.map", str(tmp_path / "stacks.map"), text)
    servers = iter(stacks)
    text, found = re.subn(r"10\.0\.\d\.\d:8000", lambda _: f"{HOST}:{next(servers).server_port}", text)
    assert (binds, maps, found) == (1, 1, 4)
    (tmp_path / "stacks.map").write_text((BALANCER / "stacks.map").read_text())
    (tmp_path / "haproxy.cfg").write_text(text)
    with subprocess.Popen(["haproxy", "-f", tmp_path / "haproxy.cfg"], stdout=subprocess.DEVNULL) as running:
        assert eventually(lambda: ask(port)[0] == 200)
        yield port
        running.terminate()


def ask(port: int, **headers: str) -> tuple[int, str]:
    """The answer's status and text."""
    asking = HTTPConnection(HOST, port, timeout=5)
    try:
        asking.request("GET", "/v1/me", headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = asking.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        asking.close()


def stack_of(port: int, **headers: str) -> str:
    return ask(port, **headers)[1].partition(" ")[0]


@pytest.mark.django_db
def test_a_key_leads_to_the_stack_of_its_venue(port: int) -> None:
    new, old = build.a_venue(code="NEWVENUE"), build.a_venue(code="OLDVENUE")
    keys = [build.a_venue_key(new), build.a_provider_key(build.a_provider(new)), build.a_venue_key(old)]
    assert [stack_of(port, Authorization=f"Bearer {key}") for key in keys] == ["second", "second", "first"]
    assert stack_of(port, authorization=f"bearer  {keys[0]}") == "second"


@pytest.mark.parametrize("rest", [';nonce="n.n"', "", ";created=1"])
def test_a_key_that_signs_leads_to_the_stack_of_its_venue(port: int, rest: str) -> None:
    for code, stack in (("NEWVENUE", "second"), ("OLDVENUE", "first")):
        assert stack_of(port, Signature_Input=f'sig1=("@method");keyid="bs_0123456789.{code}"{rest}') == stack


@pytest.mark.parametrize("said", ["", "Bearer bs_0123456789.secret", "Bearer bs_0123456789.NEWVENUE", "Basic NEWVENUE"])
def test_who_names_no_venue_gets_to_the_first_stack(port: int, said: str) -> None:
    assert stack_of(port, Authorization=said) == "first"


def test_the_admin_of_a_stack_has_a_name_of_its_own(port: int) -> None:
    assert stack_of(port, Host="Second.example:443") == "second"
    assert stack_of(port, Host="market.example") == "first"


def test_nobody_says_for_somebody_else_that_he_asks(port: int) -> None:
    assert ask(port, X_Forwarded_For="198.51.100.1") == (200, f"first {HOST}")


def test_a_server_that_is_gone_is_passed_over(port: int, stacks: list[Stack]) -> None:
    stacks[0].shutdown()
    stacks[0].server_close()
    assert eventually(lambda: all(ask(port)[0] == 200 for _ in range(10)))


def test_where_nobody_is_ready_it_says_so_as_everybody_does(port: int, stacks: list[Stack]) -> None:
    for each in stacks[:2]:
        each.shutdown()
        each.server_close()
    assert eventually(lambda: ask(port)[0] == 503)
    assert json.loads(ask(port)[1])["code"] == "database_unavailable"


def test_connections_that_send_nothing_are_bounded_by_address_and_time(port: int) -> None:
    silent = [socket.create_connection((HOST, port)) for _ in range(300)]
    assert Counter(last_words(each) for each in silent) == {"HTTP/1.1 408": 256, "": 44}
    assert ask(port)[0] == 200


def last_words(silent: socket.socket) -> str:
    """What is said when the connection is ended from the other side."""
    with silent:
        silent.settimeout(30)
        try:
            return silent.recv(12).decode()
        except ConnectionResetError:
            return ""
