"""The front program as it runs: granian, two processes, threads; senders who are slow, many, or mean harm."""

import json
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from accounts.models import ApiKey
from accounts.operations.keys.revoke_key import revoke_key
from backstop import clock
from backstop.api.bodies import BODY_BYTES
from backstop.client import ApiRefused, Client, Signer
from backstop.front.__main__ import LISTENERS
from backstop.front.threads import THREADS
from tests import builders as build
from tests import roles
from tests.conftest import Travel
from tests.elsewhere import eventually
from tests.front.wire import CONTINUE, HOST, Answer, Served, answer, ends, head
from tests.signing import a_signer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

PLACES = 64
ALICE, BOB, CHARLIE = "198.51.100.1", "198.51.100.2", "198.51.100.3"
UNTRUSTED = "127.0.0.2"


@pytest.fixture(scope="module")
def running() -> Iterator[list[Served]]:
    started: list[Served] = []
    yield started
    for one in started:
        one.clear()


@pytest.fixture
def served(running: list[Served], db: None) -> Served:
    return _one_of(running, body_seconds=5)


@pytest.fixture
def patient(running: list[Served], db: None) -> Served:
    """One that waits for bodies for as long as a test needs to count them."""
    return _one_of(running, body_seconds=60)


def _one_of(running: list[Served], body_seconds: float) -> Served:
    """One that runs and waits so long for a body: a test may have stopped it."""
    for one in running:
        if one.body_seconds == body_seconds and one.process.poll() is None:
            return one
    running.append(Served(body_seconds))
    return running[-1]


@pytest.fixture
def signer(db: None) -> Signer:
    return a_signer(build.a_provider(build.a_venue()))


@pytest.fixture
def key(db: None) -> str:
    return build.a_provider_key(build.a_provider(build.a_venue()))


def test_sixty_slow_senders_harm_nobody_and_are_sent_away(served: Served, key: str) -> None:
    slowly = {"Content_Length": "400", "X_Forwarded_For": ALICE}
    form = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={'x' * 32}"}
    heads = [
        head("POST", "/admin/login/", **slowly, **form),
        head("POST", "/v1/bids", **slowly, Content_Type="application/json"),
        head("POST", "/v1/bids", **slowly, Content_Type="application/json", Authorization=f"Bearer {key}"),
    ]
    slow = [served.open(one) for one in heads for _ in range(20)]
    answered, next_byte_at = 0, time.monotonic()
    while not select.select(slow, [], [], 0)[0]:
        if time.monotonic() >= next_byte_at:
            next_byte_at += 2
            for each in slow:
                each.send(b"x")
        for path in ("/v1/time", "/v1/bids", "/admin/login/"):
            assert served.get(path, X_Forwarded_For=BOB, Authorization=f"Bearer {key}").status == 200
        answered += not select.select(slow, [], [], 0)[0]
    assert answered, "others are answered while all of the slow ones still are at it"
    answers = [answer(each) for each in slow]
    assert Counter((one.status, one.code) for one in answers) == {(408, "body_too_slow"): 60}

    ids = {one.content["request_id"] for one in answers}
    assert ids == {one.headers["x-request-id"] for one in answers}
    lines = [line for line in served.log() if line.get("code") == "body_too_slow"]
    assert Counter(line["request_id"] for line in lines) == Counter(ids)
    assert {line["route"] for line in lines} == {"v1/bids", "admin/login/"}


def test_an_address_has_64_requests_in_flight_in_both_processes_together(patient: Served) -> None:
    def status(holder: str, source: str = HOST) -> int:
        with patient.open(head("GET", "/v1/time", X_Forwarded_For=holder), source=source) as opened:
            return answer(opened).status

    held = [patient.hold(ALICE) for _ in range(PLACES)]
    refused = patient.get("/v1/time", X_Forwarded_For=ALICE)
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (429, "too_many_at_once", "2")
    assert status(f"{BOB}, {ALICE}") == 429
    assert [status(BOB), status(f"{ALICE}, {BOB}"), status(ALICE, UNTRUSTED)] == [200, 200, 200]
    forged = [patient.hold(CHARLIE, source=UNTRUSTED) for _ in range(PLACES)]
    assert status(CHARLIE) == 200

    held[0].sendall(b"  ")
    assert answer(held.pop(0)).code == "key_missing"
    assert [status(ALICE) for _ in range(100)] == [200] * 100, "who has the answer has its place back"
    held.append(patient.hold(ALICE))
    assert status(ALICE) == 429
    held.pop(0).close()
    assert eventually(lambda: status(ALICE) == 200), "one went away"

    victim, other = patient.workers()
    lost, kept = held_by(victim, held), held_by(other, held)
    assert min(len(lost), len(kept)) > 0
    assert len(lost) + len(kept) == PLACES - 1
    victim.kill()
    victim.wait()
    held = [*kept, *(patient.hold(ALICE) for _ in range(PLACES - len(kept)))]
    assert status(ALICE) == 429, "as many more, and none beyond"
    for each in [*held, *forged]:
        each.close()
    assert eventually(lambda: patient.begun() == LISTENERS["web"].processes + 1), "the dead one is replaced"


def held_by(worker: psutil.Process, held: list[socket.socket]) -> list[socket.socket]:
    """Those connections whose other end is this process's."""
    theirs = {tuple(one.raddr) for one in worker.net_connections("tcp") if one.raddr}
    return [each for each in held if each.getsockname() in theirs]


def test_a_stop_lets_what_is_under_way_end(patient: Served) -> None:
    idle, under_way = patient.open(), patient.hold(BOB)
    patient.process.terminate()
    assert eventually(lambda: not patient.listens())
    under_way.sendall(b"  ")
    assert answer(under_way).code == "key_missing"
    assert ends(idle)
    assert patient.process.wait(20) == 0


def test_nobody_answers_for_one_that_was_killed(running: list[Served], db: None) -> None:
    killed = Served(body_seconds=5)
    running.append(killed)
    workers = killed.workers()
    killed.process.kill()
    assert eventually(lambda: not any(each.is_running() for each in workers))
    assert not killed.listens()


def test_what_is_too_large_is_refused_at_once(served: Served) -> None:
    large = {"Content_Type": "application/json", "X_Forwarded_For": ALICE}
    declared = head("POST", "/v1/bids", **large, Content_Length=str(BODY_BYTES + 1))
    with served.open(declared) as opened:
        assert answer(opened).code == "body_too_large"
    with served.open(declared.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")) as opened:
        assert answer(opened).code == "body_too_large"
    with served.open(head("POST", "/v1/bids", **large, Transfer_Encoding="chunked")) as opened:
        piece = b"x" * 10_000
        for _ in range(BODY_BYTES // len(piece) + 1):
            opened.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        assert answer(opened).code == "body_too_large", "there may be more to come"


def test_bodies_come_in_every_way_that_http_has(served: Served, key: str) -> None:
    words = {"Content_Type": "application/json", "Authorization": f"Bearer {key}"}
    body = b'{"bids": {}}'
    chunked = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    with served.open(head("POST", "/v1/bids", **words, Content_Length=str(len(body))) + body) as opened:
        assert answer(opened).code == "invalid"
        opened.sendall(head("POST", "/v1/bids", **words, Transfer_Encoding="chunked") + chunked)
        assert answer(opened).code == "invalid"
        opened.sendall(head("POST", "/v1/bids", **words, Content_Length=str(len(body)), Expect="100-continue"))
        assert opened.recv(len(CONTINUE), socket.MSG_WAITALL) == CONTINUE
        opened.sendall(body)
        assert answer(opened).code == "invalid"
        opened.sendall(head("HEAD", "/v1/time"))
        asked = answer(opened, "HEAD")
        assert (asked.status, asked.body, int(asked.headers["content-length"]) > 0) == (200, b"", True)
        opened.sendall(head("GET", "/v1/time"))
        assert answer(opened).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        head("POST", "/v1/bids", Content_Length="-1"),
        head("POST", "/v1/bids", Content_Length="+2") + b"{}",
        head("POST", "/v1/bids", Content_Length="9" * 30),
        head("POST", "/v1/bids", Content_Length="2, 3") + b"{}",
        head("POST", "/v1/bids", Content_Length="2\r\nContent-Length: 3") + b"{}",
        head("POST", "/v1/bids", Transfer_Encoding="xchunked") + b"0\r\n\r\n",
        head("POST", "/v1/bids", Transfer_Encoding="chunked, gzip") + b"0\r\n\r\n",
        head("POST", "/v1/bids", Transfer_Encoding="chunked") + b"zz\r\n",
        head("POST", "/v1/bids", Transfer_Encoding="chunked") + b"-1\r\n",
        head("POST", "/v1/bids", version="HTTP/1.0", Transfer_Encoding="chunked") + b"0\r\n\r\n",
        head("GET", "/a\0b"),
        head("GET", "/v1/time", X_A="a\0b"),
        head("GET", "/v1/time", X_A="b\r\n folded: too"),
        head("GET", "/v1/time", Host="a\r\nHost: b"),
        head("GET", "/v1/time", Host=""),
        head("GET", "/v1/time", X_A="a" * 200_000),
        head("GET", f"/{'a' * 100_000}"),
        b"\r\n\r\n\0",
    ],
)
def test_what_is_no_http_is_refused(served: Served, sent: bytes) -> None:
    with served.open(sent) as opened:
        assert answer(opened).status in {400, 414, 431}


def test_a_length_beside_chunks_does_not_smuggle_a_request(served: Served) -> None:
    smuggled = head("GET", "/v1/time")
    lengths = {"Content_Length": str(5 + len(smuggled)), "Transfer_Encoding": "chunked"}
    both = head("POST", "/v1/bids", **lengths, Connection="close")
    with served.open(both + b"0\r\n\r\n" + smuggled) as opened:
        assert answer(opened).code == "key_missing"
        assert ends(opened)


def test_the_client_signs_what_it_sends(served: Served, signer: Signer) -> None:
    caller = Client(served.url, signer)
    assert caller.get_me()["key"] == signer.key_id.partition(".")[0]
    assert list(caller.list_bids(limit=1, state="LIVE")) == []
    with pytest.raises(ApiRefused) as refused:
        caller.place_bids([])
    assert refused.value.code == "invalid"
    stranger = Client(served.url, Signer(signer.key_id, Ed25519PrivateKey.generate()))
    with pytest.raises(ApiRefused) as refused:
        stranger.get_me()
    assert refused.value.code == "signature_refused"
    for each in (caller, stranger):
        each.close()


def test_what_is_signed_is_taken_once_by_both_processes_together(served: Served, signer: Signer) -> None:
    signed = signer.headers("GET", "http://localhost/v1/me")
    opened = [served.open() for _ in range(16)]
    shares = [held_by(worker, opened) for worker in served.workers()]
    assert min(map(len, shares)) > 0
    asked = head("GET", "/v1/me", **signed)
    with ThreadPoolExecutor(len(opened)) as pool:
        list(pool.map(lambda each: each.sendall(asked), opened))
    answers = Counter(said.status if said.status == 200 else said.code for said in map(answer, opened))
    assert answers == {200: 1, "nonce_used": 15}


def test_a_nonce_stays_spent_though_every_process_is_killed_and_begins_anew(
    running: list[Served], served: Served, signer: Signer, travel: Travel
) -> None:
    """Also that of what was refused."""
    travel.freeze()  # so that no signature gets too old meanwhile
    now = int(clock.now().timestamp())
    unknown = f"/v1/bids/{uuid4()}"
    asked = [
        head(method, path, **signer.headers(method, f"http://localhost{path}", created=now))
        for method, path in (("GET", "/v1/me"), ("DELETE", unknown))
    ]
    assert [said_by(served, each).status for each in asked] == [200, 404]
    for each in (psutil.Process(served.process.pid), *served.workers()):
        each.kill()
    served.process.wait()
    anew = _one_of(running, served.body_seconds)
    assert anew.process.pid != served.process.pid
    assert [said_by(anew, each).code for each in asked] == ["nonce_used"] * 2
    fresh = signer.headers("GET", "http://localhost/v1/me", created=now)
    assert said_by(anew, head("GET", "/v1/me", **fresh)).status == 200


def said_by(served: Served, asked: bytes) -> Answer:
    with served.open(asked) as opened:
        return answer(opened)


def test_a_path_is_signed_as_it_is_sent(served: Served, signer: Signer) -> None:
    for path in ("/v1/m%65", "/v1/%6De", "/v1/me%2f"):
        refused = served.get(path, **signer.headers("GET", f"http://localhost{path}"))
        assert refused.code in ("path_refused", "not_found")
    assert served.get("/v1/m%65", **signer.headers("GET", "http://localhost/v1/m%65")).code == "path_refused"
    assert served.get("/v1/m%65", **signer.headers("GET", "http://localhost/v1/me")).code == "path_refused"


def test_a_key_that_is_revoked_in_the_middle_signs_nothing_more(served: Served, signer: Signer) -> None:
    def ask() -> Answer:
        opened.sendall(head("GET", "/v1/me", **signer.headers("GET", "http://localhost/v1/me")))
        return answer(opened)

    with served.open() as opened:
        assert ask().status == 200
        build.perform(revoke_key, key=ApiKey.objects.get())
        assert ask().code == "key_revoked"


@pytest.mark.parametrize("path", ["/v1/%00", "/v1/books/%00", "/%ff%fe", "/v1/auctions?state=%00", "/admin/%00/", "//"])
def test_an_odd_address_is_no_fault_of_ours(served: Served, path: str) -> None:
    assert 300 <= served.get(path).status < 500


def test_whoever_goes_away_in_the_middle_leaves_nothing(served: Served) -> None:
    for _ in range(2 * PLACES):
        served.hold(CHARLIE).close()
    assert eventually(lambda: served.get("/v1/time", X_Forwarded_For=CHARLIE).status == 200)
    assert eventually(lambda: sum(len(each.net_connections("tcp")) for each in served.workers()) <= 2 * 2)


def test_threads_keep_their_connections_to_the_database_and_no_more_than_there_are_threads(served: Served) -> None:
    def ask(_: int) -> int:
        return served.get("/v1/time").status

    def connected() -> set[int]:
        with roles.owning(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return {pid for (pid,) in cursor.fetchall()}

    with ThreadPoolExecutor(40) as pool:
        seen: set[int] = set()
        for _ in range(3):
            assert set(pool.map(ask, range(60))) == {200}
            seen |= connected()
    assert 0 < len(seen) <= 2 * THREADS


def test_a_static_file_is_served_whole(served: Served) -> None:
    page = served.get("/static/admin/css/base.css")
    assert (page.status, len(page.body)) == (200, int(page.headers["content-length"]))


def test_all_processes_measure_together(served: Served) -> None:
    before = served.counted()
    for _ in range(20):
        assert served.get("/v1/signing_key").status == 200
        assert served.get("/v1/nowhere").status == 404
    assert served.counted() - before == {("v1/signing_key", "200"): 20, ("", "404"): 20}


def test_every_line_is_json_and_every_refusal_one_line(served: Served, key: str) -> None:
    def refused(path: str, **headers: str) -> str:
        said = served.get(path, **headers)
        assert said.status >= 400
        return said.headers["x-request-id"]

    ids = {
        refused("/v1/nowhere"): ("not_found", ""),
        refused("/v1/bids"): ("key_missing", "v1/bids"),
        refused("/v1/bids?cursor=x", Authorization=f"Bearer {key}", X_Request_ID="mine"): ("invalid", "v1/bids"),
        refused("/nowhere"): ("not_found", ""),
    }
    with served.open(head("POST", "/admin/login/", Content_Length="0")) as opened:
        ids[answer(opened).headers["x-request-id"]] = ("permission_denied", "admin/login/")
    lines = [line for line in served.log() if line.get("request_id") in ids]
    assert {line["request_id"]: (line["code"], line["route"]) for line in lines} == ids
    assert len(lines) == len(ids)
    assert {json.dumps(line["event"]) for line in lines} == {'"request_refused"'}
