"""Who may be written to, what a message is signed with, and how long it is tried."""

import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from accounts.operations.webhooks.lease_messages import LEASED
from accounts.rules.webhooks import (
    GIVEN_UP_AFTER,
    JITTER,
    MOST_ATTEMPTS,
    PAUSES_SECONDS,
    is_given_up,
    pause_after,
)
from backstop.client import WebhookRefused, read_webhook
from backstop.delivery import webhooks
from backstop.delivery.telling import may_see
from backstop.events import Visibility
from backstop.values.webhooks import MAX_URL, Target, TargetRefused, headers_of, is_public, secret_text

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ALICE, BOB = UUID(int=1), UUID(int=2)
KEY, OTHER = bytes(range(32)), bytes(range(1, 33))

PRIVATE = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0"),
    *("fec0::1", "ff02::1", "5f00::1", "localhost", "", "1.2.3", "0x7f.1"),
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_not_everybody_can_reach_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example/x", "https://hooks.example:8443/x", "ftp://hooks.example", "//hooks.example", "hooks"),
        *(
            "https://",
            "https:///x",
            "https://user:word@hooks.example/",
            "https://hooks.example/#part",
            "https://[::1]/",
        ),
        *(
            "https://127.0.0.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://h\u00f6ks.example",
        ),
        *("https://hooks.example/a b", "https://hooks.example\\@evil.example/", "https://hooks.example:0x1bb/"),
        *("https://hooks.example/\r\nX: y", "https://[fe80::1%25eth0]/", "https://hooks.example/" + "x" * MAX_URL),
    ],
)
def test_nothing_is_sent_to_what_is_no_plain_https(url: str) -> None:
    with pytest.raises(TargetRefused):
        Target.of(url)


def test_a_url_says_where_and_by_which_name() -> None:
    target = Target.of("https://Hooks.example/a/b?c=d")
    assert (target.host, target.port, target.path, target.authority) == (
        "hooks.example",
        443,
        "/a/b?c=d",
        "hooks.example",
    )
    assert target.url_at("93.184.216.34") == "https://93.184.216.34:443/a/b?c=d"
    assert target.url_at("2a00::1") == "https://[2a00::1]:443/a/b?c=d"
    assert Target.of("https://[2a00:1450::1]").authority == "[2a00:1450::1]"


def test_what_is_exempt_is_so_by_host_and_port() -> None:
    exempt = ["127.0.0.1:8080"]
    assert Target.of("http://127.0.0.1:8080/", exempt).authority == "127.0.0.1:8080"
    Target.of("http://127.0.0.1:8080/", exempt).require_reachable(["127.0.0.1"])
    for url in ("http://127.0.0.1:8081/", "http://localhost:8080/", "http://127.0.0.1/"):
        with pytest.raises(TargetRefused):
            Target.of(url, exempt)


def test_one_address_that_is_not_public_is_enough_to_refuse_all() -> None:
    target = Target.of("https://hooks.example/")
    target.require_reachable(["93.184.216.34"])
    said = set()
    for addresses in ([], ["93.184.216.34", "127.0.0.1"]):
        with pytest.raises(TargetRefused) as refused:
            target.require_reachable(addresses)
        said.add(str(refused.value))
    assert len(said) == 1, "nobody learns which names there are inside"


# Published by Standard Webhooks, for all its libraries.
SPEC = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "headers": {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    "body": b'{"test": 2432232314}',
}


def test_the_client_verifies_what_the_standard_publishes() -> None:
    with pytest.raises(KeyError, match="type"):  # genuine, but no event of ours
        read_webhook(**SPEC, tolerance_seconds=10**9)  # type: ignore[arg-type]
    with pytest.raises(WebhookRefused, match="no signature"):
        read_webhook(**{**SPEC, "body": b"{}"}, tolerance_seconds=10**9)  # type: ignore[arg-type]
    with pytest.raises(WebhookRefused, match="seconds ago"):
        read_webhook(**SPEC)  # type: ignore[arg-type]


def a_message(*keys: bytes) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"type": "bid_placed", "timestamp": "2026-01-02T00:00:00+00:00", "data": {"units": 5}}).encode()
    return headers_of(ALICE, int(time.time()), body, keys), body


def test_the_client_reads_what_is_signed_by_any_of_two_secrets() -> None:
    headers, body = a_message(KEY, OTHER)
    for key in (KEY, OTHER):
        read = read_webhook(secret_text(key), headers, body)
        assert (read.id, read.kind, read.data) == (str(ALICE), "bid_placed", {"units": 5})
    with pytest.raises(WebhookRefused):
        read_webhook(secret_text(bytes(32)), headers, body)


@pytest.mark.parametrize("lacking", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_the_client_refuses_what_lacks_a_header(lacking: str) -> None:
    headers, body = a_message(KEY)
    del headers[lacking]
    with pytest.raises(WebhookRefused, match="lacks"):
        read_webhook(secret_text(KEY), headers, body)


def test_a_message_is_tried_for_two_days_with_longer_and_longer_pauses() -> None:
    assert list(PAUSES_SECONDS) == sorted(PAUSES_SECONDS)
    assert timedelta(hours=44) < timedelta(seconds=sum(PAUSES_SECONDS)) <= GIVEN_UP_AFTER
    assert pause_after(1, 0.5) == timedelta(seconds=5)
    assert pause_after(99, 0.5) == timedelta(seconds=PAUSES_SECONDS[-1])


def test_a_pause_is_longer_or_shorter_by_chance() -> None:
    assert pause_after(2, 0) == timedelta(seconds=30 * (1 - JITTER))
    assert pause_after(2, 1) == timedelta(seconds=30 * (1 + JITTER))


@pytest.mark.parametrize(
    ("failures", "since", "given_up"),
    [
        (MOST_ATTEMPTS, GIVEN_UP_AFTER, True),
        (MOST_ATTEMPTS - 1, GIVEN_UP_AFTER, False),
        (MOST_ATTEMPTS, GIVEN_UP_AFTER - timedelta(microseconds=1), False),
    ],
)
def test_an_endpoint_is_given_up_after_two_days_and_so_many_attempts(failures, since, given_up) -> None:
    assert is_given_up(failures, NOW - since, NOW) is given_up


def test_a_lease_outlasts_what_it_is_for() -> None:
    assert timedelta(seconds=webhooks.MAILING_SECONDS + 3 * webhooks.ATTEMPT_SECONDS) < LEASED


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        (Visibility.VENUE, {None}),
        (Visibility.OWN, {ALICE}),
        (Visibility.PROVIDER, {None, ALICE}),
        (Visibility.EVERYBODY, {None, ALICE, BOB}),
        (Visibility.NOBODY, set()),
    ],
)
def test_each_event_is_seen_by_whom_it_is_for(visibility, readers) -> None:
    assert {reader for reader in (None, ALICE, BOB) if may_see(visibility, ALICE, reader)} == readers


def test_what_concerns_no_provider_is_no_providers() -> None:
    assert may_see(Visibility.PROVIDER, None, None)
    assert not may_see(Visibility.PROVIDER, None, ALICE)
