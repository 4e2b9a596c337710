"""A bid over HTTP, by a bearer key, signed and in a hundred, beside pgbench's INSERT of the same row: processor time of
both sides.

All of them are interleaved, so that a machine that slows down slows them alike. Counted are user and system time of the
web processes and of PostgreSQL's, and for the INSERT of pgbench and of its backend.
"""

import http.client
import json
import os
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count, cycle
from pathlib import Path

import django
import psutil
from django.conf import settings

django.setup()
settings.BEARER_KEYS_WRITE = True  # the servers are its own

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import Provider  # noqa: E402
from auctions.models import Auction, Bid  # noqa: E402
from backstop.client.signing import Signer  # noqa: E402
from backstop.stack import embedded  # noqa: E402
from backstop.transactions import acting  # noqa: E402
from tests import builders as build  # noqa: E402
from tests import market  # noqa: E402
from tests.elsewhere import HOUSE, eventually  # noqa: E402
from tests.signing import a_signer  # noqa: E402

Opening = Callable[[str, bytes], dict[str, str]]

HOST = "127.0.0.1"
BIDDERS = 50  # how many bids one of them has in an auction costs something too: few, as of a real one
SINGLE, HUNDREDS, INSERTS = 100, 10, 3000  # in a round
LEAST_OF_INSERT, MOST_OF_BEARER = 0.08, 1.35  # what is asked: of the INSERT's speed, and of what a bearer's bid costs
WARM_UP = 2  # rounds that do not count

INSERT = """INSERT INTO auctions_bid (id, created_at, auction_id, provider_id, client_bid_id, state, round, improves_id,
  firm, sealed_offer, digest, fingerprint, max_units, max_pay_bps, max_drift_bps, held)
VALUES (gen_random_uuid(), clock_timestamp(), '{auction}', '{provider}', gen_random_uuid()::text, 'LIVE', 1, NULL,
  false, '\\x{sealed}', '\\x{digest}', '\\x{digest}', 1, 0, 300, {held});
"""


def measured(rounds: int) -> str:
    """What each of them costs, and their ratios, in words."""
    call_command("migrate", verbosity=0)
    with acting("measuring"):
        auction, keys, signers = _a_market()
    server, port = _served()
    try:
        bidder = _Bidder(port, auction, [_bearing(key) for key in keys])
        signing = _Bidder(port, auction, [partial(signer.headers, "POST") for signer in signers])
        bidder.send(1)
        script = _script_like(Bid.objects.latest("created_at"))
        spent: Counter[str] = Counter()
        for number in range(WARM_UP + rounds):
            each = {
                "single": _spent_on(server, lambda: bidder.bid(SINGLE, 1)) / SINGLE,
                "signed": _spent_on(server, lambda: signing.bid(SINGLE, 1)) / SINGLE,
                "of_a_hundred": _spent_on(server, lambda: bidder.bid(HUNDREDS, 100)) / HUNDREDS / 100,
                "insert": _spent_on_inserts(script) / INSERTS,
            }
            if number >= WARM_UP:
                spent.update(each)
    finally:
        server.terminate()
        server.wait()
    single, signed, of_a_hundred, insert = (spent[name] / rounds * 1000 for name in each)
    return (
        f"a bid by itself: {single:.3f} ms, {insert / single:.3f} of the INSERT's speed (at least {LEAST_OF_INSERT})\n"
        f"a signed one: {signed:.3f} ms, {signed / single:.2f} of what a bearer's costs (at most {MOST_OF_BEARER})\n"
        f"a bid of a hundred: {of_a_hundred:.3f} ms, {insert / of_a_hundred:.3f}\n"
        f"the bare INSERT: {insert:.3f} ms"
    )


def _a_market() -> tuple[Auction, list[str], list[Signer]]:
    """A sealed auction that outlasts the measurement, and the keys of its bidders: those that bear, those that sign."""
    venue = market.a_market()
    market.a_playbook(venue, sealed_seconds=3600, max_waterfall_seconds=36_000, max_bids=100_000)
    auction = market.an_auction(venue)
    bidders = [build.a_provider(venue, f"bidder {number}", collateral="100000000") for number in range(BIDDERS)]
    return auction, [build.a_provider_key(each) for each in bidders], [a_signer(each) for each in bidders]


def _served() -> tuple["psutil.Popen", int]:
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
    server = psutil.Popen([sys.executable, "-m", "backstop.front", "web", HOST, str(port)], cwd=HOUSE)
    assert eventually(lambda: _is_alive(port), 60), "the front program does not start"
    return server, port


def _is_alive(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), 1):
            return True
    except OSError:
        return False


def _bearing(key: str) -> Opening:
    return lambda url, body: {"Authorization": f"Bearer {key}"}


class _Bidder:
    """Bids, as another of them each time; `openings` are the headers by which each asks."""

    def __init__(self, port: int, auction: Auction, openings: list[Opening]) -> None:
        self._wire = http.client.HTTPConnection(HOST, port)
        self._path = f"/v1/auctions/{auction.id}/bids"
        self._url = f"http://{HOST}:{port}{self._path}"
        self._openings = cycle(openings)
        self._names = count(1)
        self._name = secrets.token_hex(2)

    def bid(self, calls: int, each: int) -> None:
        self._wire.close()  # which the server does with one that is silent for long
        for _ in range(calls):
            self.send(each)

    def send(self, bids: int) -> None:
        said = [
            {"client_bid_id": f"{self._name}-{next(self._names)}", "units": 1, "edge_bps": "30"} for _ in range(bids)
        ]
        body = json.dumps(said if bids > 1 else said[0]).encode()
        headers = next(self._openings)(self._url, body) | {"Content-Type": "application/json"}
        self._wire.request("POST", self._path, body, headers)
        answer = self._wire.getresponse()
        content = answer.read()
        assert answer.status in (200, 201), content
        assert bids == 1 or all("bid" in item for item in json.loads(content)["data"]), content


def _script_like(bid: Bid) -> Path:
    """A file for pgbench that inserts rows as this bid's."""
    said = {"sealed": bytes(bid.sealed_offer or b"").hex(), "digest": bytes(bid.digest or b"").hex(), "held": bid.held}
    provider = Provider.objects.exclude(id=bid.provider_id).latest("created_at")
    path = Path(tempfile.mkdtemp()) / "insert.sql"
    path.write_text(INSERT.format(auction=bid.auction_id, provider=provider.id, **said))
    return path


def _spent_on(server: "psutil.Popen", work: Callable[[], None]) -> float:
    """Seconds of processor time that the web processes and PostgreSQL's need for this."""
    before = _seconds_of(server) + _seconds_of_postgres()
    work()
    return _seconds_of(server) + _seconds_of_postgres() - before


def _spent_on_inserts(script: Path) -> float:
    """The same of pgbench and its backend."""
    before = _seconds_of_postgres() + _seconds_of_ended()
    pgbench = embedded._binaries() / "pgbench"
    options = ["--no-vacuum", "--protocol=prepared", "--client=1", f"--transactions={INSERTS}", f"--file={script}"]
    subprocess.run([pgbench, *options, os.environ["DATABASE_URL"]], check=True, capture_output=True)
    return _seconds_of_postgres() + _seconds_of_ended() - before


def _seconds_of(process: psutil.Process) -> float:
    """Of a process and of all that it started, those that have ended included."""
    seconds = 0.0
    for each in [process, *_offspring(process)]:
        with suppress(psutil.NoSuchProcess):  # it ended just now: it counts as its parent's
            seconds += sum(each.cpu_times()[:4])
    return seconds


def _offspring(process: psutil.Process) -> list[psutil.Process]:
    while True:
        with suppress(psutil.NoSuchProcess):  # one ended while they were counted
            return process.children(recursive=True)


def _seconds_of_postgres() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return _seconds_of(psutil.Process(pid).parent())


def _seconds_of_ended() -> float:
    """Of those of our own children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
