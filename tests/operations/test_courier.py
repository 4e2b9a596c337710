"""The courier and real endpoints: such as take what they are sent, hang, lie, redirect, or are not where they were."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connections

import accounts.courier
from accounts.courier import Courier
from accounts.models import Webhook, WebhookDelivery
from accounts.operations.people.create_group import create_group
from accounts.operations.webhooks.lease_messages import LEASED
from accounts.operations.webhooks.redeliver_message import redeliver_message
from accounts.operations.webhooks.send_test_message import send_test_message
from auctions import clock_rounds
from backstop.client import WebhookRefused
from backstop.database import Following
from backstop.delivery import webhooks
from backstop.management.commands.relay import publish
from backstop.values import webhooks as rules
from backstop.values.webhooks import NOT_REACHABLE
from tests import builders as build
from tests.builders import perform
from tests.endpoints import Endpoint, answering, certified, endpoint, rounds
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of
from tests.races.together import together

pytestmark = pytest.mark.django_db

KILLED = 9
Made = Callable[..., tuple[Endpoint, Webhook, str]]


@pytest.fixture
def courier(settings):
    settings.WEBHOOK_EXEMPT = []
    courier = Courier()
    yield courier
    courier.stop()


@pytest.fixture
def made(venue, settings, courier):
    """Makes an endpoint that is the venue's webhook, for groups that are created."""
    with contextlib.ExitStack() as stack:

        def make(behave: Any = None) -> tuple[Endpoint, Webhook, str]:
            found = stack.enter_context(endpoint(behave))
            settings.WEBHOOK_EXEMPT.append(found.authority)
            publish()
            return found, *add(venue, found.url, kinds=["group_created"])

        yield make


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(webhooks, "ATTEMPT_SECONDS", 0.5)


def name_groups(venue, *names: str) -> None:
    for name in names:
        perform(create_group, venue=venue, name=name, reason="a test")
    publish()


def delivered() -> int:
    return WebhookDelivery.objects.filter(delivered_at__isnull=False).count()


def problem_of(webhook: Webhook) -> str:
    return webhook.deliveries.order_by("position").first().problem


def is_tried(webhook: Webhook) -> bool:
    return webhook.deliveries.filter(attempts__gt=0).exists()


def test_what_happens_is_told_signed_in_order_and_once(venue, made: Made, courier) -> None:
    there, _, secret = made()
    name_groups(venue, *"abc")
    rounds(courier, lambda: delivered() == 3)
    courier.go_round()
    said = [request.read(secret) for request in there.requests]
    assert [(each.kind, each.data["name"]) for each in said] == [("group_created", name) for name in "abc"]
    assert len(set(there.ids)) == 3
    (first, *_) = there.requests
    assert (first.path, first.headers["host"], first.headers["content-type"]) == (
        "/hook",
        there.authority,
        "application/json",
    )
    with pytest.raises(WebhookRefused):
        first.read(secret.replace(secret[7:12], "AAAAA"))


def test_what_is_refused_comes_again_before_what_came_after(venue, made: Made, courier, travel) -> None:
    there, webhook, secret = made(answering(500))
    name_groups(venue, *"ab")
    rounds(courier, lambda: is_tried(webhook))
    assert problem_of(webhook) == "it was answered 500"
    there.behave = None
    courier.go_round()
    assert len(there.requests) == 1
    travel(seconds=6)
    rounds(courier, lambda: delivered() == 2)
    assert [request.read(secret).data["name"] for request in there.requests] == ["a", "a", "b"]
    assert there.ids[0] == there.ids[1]


def test_one_that_hangs_holds_up_nobody_else(venue, made: Made, courier, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "ATTEMPT_SECONDS", 60)
    released = threading.Event()
    hanging, hung, _ = made(lambda _: released.wait(30) and None)
    there, other, _ = made()
    name_groups(venue, *"ab")
    try:
        rounds(courier, lambda: other.deliveries.filter(delivered_at__isnull=False).count() == 2)
        assert (len(hanging.requests), len(there.requests)) == (1, 2)
        assert not is_tried(hung)
        name_groups(venue, "c")
        rounds(courier, lambda: len(there.requests) == 3)
    finally:
        released.set()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Headers, a letter at a time, without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


def lie(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("behave", "problem"),
    [
        (drip, "there was no answer within 0 seconds"),
        (hang, "there was no answer within 0 seconds"),
        (lie, "the connection broke, or what was answered is no HTTP"),
        (answering(503), "it was answered 503"),
        (answering(400), "it was answered 400"),
    ],
)
def test_what_was_not_taken_did_not_arrive(venue, made: Made, courier, impatient, behave, problem) -> None:
    _, webhook, _ = made(behave)
    name_groups(venue, "a")
    rounds(courier, lambda: is_tried(webhook))
    assert problem_of(webhook) == problem
    assert delivered() == 0


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**12))
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(bytes(65536))


def dangle(handler: BaseHTTPRequestHandler) -> None:
    """A body that never comes."""
    answering(200, **{"Content-Length": "5"})(handler)
    time.sleep(2)


@pytest.mark.parametrize("behave", [flood, dangle])
def test_what_is_taken_has_arrived_whatever_is_answered_beside(venue, made: Made, courier, behave, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 0.2)
    there, _, _ = made(behave)
    name_groups(venue, *"ab")
    rounds(courier, lambda: delivered() == 2)
    assert len(there.requests) == 2


def test_no_redirect_is_followed(venue, made: Made, courier) -> None:
    with endpoint() as inside:
        _, webhook, _ = made(answering(307, Location=inside.url))
        name_groups(venue, "a")
        rounds(courier, lambda: is_tried(webhook))
        assert problem_of(webhook) == "it was answered 307"
        assert inside.requests == []


def test_no_proxy_of_the_environment_is_asked(venue, made: Made, courier, monkeypatch) -> None:
    with endpoint() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.authority}")
        made()
        name_groups(venue, "a")
        rounds(courier, lambda: delivered() == 1)
        assert proxy.requests == []


def test_what_is_not_exempt_any_more_is_sent_nothing(venue, made: Made, courier, settings) -> None:
    there, webhook, _ = made()
    settings.WEBHOOK_EXEMPT.clear()
    name_groups(venue, "a")
    rounds(courier, lambda: is_tried(webhook))
    assert problem_of(webhook) == "messages are sent by https, to port 443 alone"
    assert there.requests == []


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Two servers of the name hooks.example on one port: one at what counts as a public address here, one on loopback;
    and the addresses that the name leads to, one look-up after the other."""
    server, trusted = certified("hooks.example", tmp_path)
    with endpoint(at=("127.0.0.2", 0), tls=server) as public:
        port = public.port
        with endpoint(at=("127.0.0.1", port), tls=server) as inside:
            answers: list[list[str]] = []
            monkeypatch.setattr(rules, "HTTPS_PORT", port)
            monkeypatch.setattr(rules, "is_public", lambda address: address == "127.0.0.2")
            monkeypatch.setattr(webhooks, "_trusted", lambda: trusted)
            monkeypatch.setattr(
                webhooks.socket,
                "getaddrinfo",
                lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answers.pop(0)],
            )
            yield public, inside, answers


def test_a_name_that_leads_inside_later_is_of_no_use(venue, named, courier, travel) -> None:
    public, inside, answers = named
    publish()
    webhook, secret = add(venue, f"https://hooks.example:{public.port}/x", kinds=["group_created"])
    answers += [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], [], ["127.0.0.2"]]
    name_groups(venue, *"ab")
    rounds(courier, lambda: delivered() == 2)
    assert [request.read(secret).data["name"] for request in public.requests] == ["a", "b"]
    assert public.requests[0].headers["host"] == "hooks.example"
    assert len(answers) == 4, "the name was looked up once, and the connection went to what was checked"
    name_groups(venue, "c")
    for attempt in (1, 2, 3):
        rounds(courier, lambda attempt=attempt: webhook.deliveries.filter(attempts=attempt, status=None).exists())
        assert webhook.deliveries.latest("position").problem == NOT_REACHABLE
        travel(hours=1)
    rounds(courier, lambda: delivered() == 3)
    assert len(public.requests) == 3
    assert inside.requests == []


def test_a_certificate_of_another_name_is_none(venue, named, courier) -> None:
    public, _, answers = named
    webhook, _ = add(venue, f"https://evil.example:{public.port}/x")
    answers += [["127.0.0.2"]]
    perform(send_test_message, **owner_of(webhook))
    rounds(courier, lambda: is_tried(webhook))
    assert problem_of(webhook).startswith("no connection")
    assert public.requests == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("processes")
def test_who_is_killed_before_it_writes_down_what_arrived_is_repeated_under_the_same_ids(
    venue, made: Made, courier, travel, monkeypatch
) -> None:
    there, _, _ = made()
    name_groups(venue, *"ab")
    connections.close_all()
    if not (child := os.fork()):
        signal.alarm(30)
        try:
            monkeypatch.setattr(accounts.courier, "record_messages", lambda **_: os._exit(KILLED))
            rounds(Courier(), lambda: False)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
    assert len(there.requests) == 2
    courier.go_round()
    assert len(there.requests) == 2, "whoever took them may be alive"
    travel(seconds=LEASED.total_seconds())
    rounds(courier, lambda: delivered() == 2)
    assert there.ids[:2] == there.ids[2:]


@pytest.mark.django_db(transaction=True)
def test_two_couriers_send_each_message_once_and_in_order(venue, made: Made, courier) -> None:
    there, _, secret = made()
    other, names = Courier(), [f"{number:02}" for number in range(45)]
    name_groups(venue, *names)
    together(*(partial(rounds, each, lambda: delivered() == len(names)) for each in (courier, other)))
    other.stop()
    assert [request.read(secret).data["name"] for request in there.requests] == names


def test_a_round_does_not_send_what_another_is_about_to(venue, made: Made, courier) -> None:
    released = threading.Event()
    there, _, _ = made(lambda handler: released.wait(30) and answering(204)(handler))
    other = Courier()
    name_groups(venue, "a")
    try:
        rounds(courier, lambda: len(there.requests) == 1)
        other.go_round()
        released.set()
        rounds(courier, lambda: delivered() == 1)
        assert len(there.requests) == 1
    finally:
        released.set()
        other.stop()


def test_redelivery_sends_the_same_bytes_under_the_same_id(venue, made: Made, courier) -> None:
    there, webhook, _ = made()
    name_groups(venue, "a")
    rounds(courier, lambda: delivered() == 1)
    perform(redeliver_message, **owner_of(webhook), delivery_id=webhook.deliveries.get().id)
    rounds(courier, lambda: delivered() == 1)
    first, second = there.requests
    assert (first.id, first.body) == (second.id, second.body)


def test_two_webhooks_are_told_of_one_event_under_ids_of_their_own(venue, made: Made, courier) -> None:
    (first, *_), (second, *_) = made(), made()
    name_groups(venue, "a")
    rounds(courier, lambda: delivered() == 2)
    assert first.ids != second.ids


@pytest.mark.parametrize("problem", [OperationalError("gone"), Following("this server reads")])
def test_the_clock_connects_anew_where_the_database_is_away(monkeypatch, problem) -> None:
    connection, courier = Mock(), Mock()
    courier.go_round.side_effect = problem
    monkeypatch.setattr(clock_rounds, "connection", connection)
    assert clock_rounds._deliver(courier, Mock(), Mock()) == clock_rounds.BROKEN_SECONDS
    connection.close.assert_called_once()


@pytest.mark.django_db(transaction=True)
def test_the_clock_delivers(settings, monkeypatch) -> None:
    monkeypatch.setattr(clock_rounds, "wake", lambda stage: None)
    venue, stopping = build.a_venue(), threading.Event()
    with endpoint() as there:
        settings.WEBHOOK_EXEMPT = [there.authority]
        add(venue, there.url, kinds=["group_created"])
        clock = threading.Thread(target=clock_rounds.keep_time, args=(stopping,), daemon=True)
        clock.start()
        try:
            name_groups(venue, "a")
            ends_at = time.monotonic() + 30
            while not delivered():
                assert time.monotonic() < ends_at
                stopping.wait(0.05)
        finally:
            stopping.set()
            clock.join(20)
        assert len(there.requests) == 1
