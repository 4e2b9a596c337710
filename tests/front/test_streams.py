"""Streams as they run: read over real connections from both processes, cut, slow, revoked, and resumed."""

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import ApiKey, Provider
from accounts.operations.keys.restrict_key import restrict_key
from accounts.operations.keys.revoke_key import revoke_key
from auctions.events import AuctionCapped, AuctionWithdrawn, BidCancelled, BookRouted, RowParked
from backstop import clock
from backstop.client import Client, StreamedEvent
from backstop.events import DomainEvent, Visibility
from backstop.front.streams import STREAMS_PER_KEY
from backstop.management.commands.relay import publish
from backstop.models import Publication, Venue
from backstop.record import record_events
from tests import builders as build
from tests import described, market
from tests.builders import perform
from tests.elsewhere import eventually
from tests.front.listening import STREAM, Listening, asking
from tests.front.wire import HOST, Served, answer, head

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

CUTS = int(os.environ.get("CUTS", "10"))
WRITERS = int(os.environ.get("WRITERS", "4"))
WRITES = 15 * CUTS  # of each writer
HEARTBEAT_SECONDS, SLOW_SECONDS = 0.5, 1.0
BUSY_SECONDS = 90.0  # for megabytes, beside whatever else runs


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Served]]:
    """Those that run, by what they are for."""
    started: dict[str, Served] = {}
    yield started
    for one in started.values():
        one.clear()


@pytest.fixture
def served(running: dict[str, Served], db: None) -> Served:
    if "all" not in running:
        running["all"] = Served(5, heartbeat_seconds=HEARTBEAT_SECONDS, slow_seconds=SLOW_SECONDS)
    return running["all"]


@pytest.fixture
def listen(served: Served) -> Iterator[Callable[..., Listening]]:
    """Listens, until the test ends, if not before."""
    with ExitStack() as open_ones:

        def listen(*words: str, **options: Any) -> Listening:
            listening = Listening(served, *words, **options)
            open_ones.callback(listening.cut)
            return listening

        yield listen


@pytest.fixture
def venue(db: None) -> Venue:
    return build.a_venue()


@pytest.fixture
def alice(venue: Venue) -> Provider:
    return build.a_provider(venue, "Alice")


@pytest.fixture
def bob(venue: Venue) -> Provider:
    return build.a_provider(venue, "Bob")


def tell(*events: DomainEvent) -> None:
    """Have these happen, and be published."""
    perform(record_events, events=events)
    while publish():
        pass


def to_all(venue: Venue, reason: str = "") -> AuctionWithdrawn:
    return AuctionWithdrawn(venue_id=venue.id, subject_id=uuid4(), reason=reason)


def to_one(provider: Provider) -> BidCancelled:
    return BidCancelled(venue_id=provider.venue_id, subject_id=uuid4(), provider_id=provider.id)


def subjects(events: list[StreamedEvent]) -> list[UUID]:
    return [UUID(each["data"]["subject_id"]) for each in events]


def published_to(provider: Provider, since: int = 0) -> list[UUID]:
    """The subjects of all that it may see, in the order of their positions."""
    rows = Publication.objects.filter(venue=provider.venue, position__gt=since).order_by("position")
    own = (Visibility.PROVIDER, Visibility.OWN)
    return [
        row.subject_id
        for row in rows
        if row.visibility == Visibility.EVERYBODY or (row.visibility in own and row.provider_id == provider.id)
    ]


def last_position(venue: Venue) -> int:
    while publish():
        pass
    return Publication.objects.filter(venue=venue).count()


class Returning:
    """Comes again each time that it is sent away, as it may be on a machine too busy to let it read."""

    def __init__(self, listen: Callable[..., Listening], key: str, *, takes: bool = True) -> None:
        self._listen, self._key = listen, key
        self.listening = [listen(key, takes=takes)]

    @property
    def key_id(self) -> str:
        return str(ApiKey.objects.get(prefix=self._key.partition(".")[0]).id)

    def events(self) -> list[StreamedEvent]:
        """All that it has heard so far."""
        if self.listening[-1].is_over:
            self.listening.append(self._listen(self._key, self.listening[-1].last_event_id))
        return [event for each in self.listening for event in each.events]


def too_slow(served: Served) -> set[str]:
    """The ids of the keys that read too slowly."""
    return {line["key"] for line in served.log() if line["event"] == "stream_too_slow"}


def test_each_hears_what_is_its_own_and_everybodys_and_nobody_elses(listen, venue, alice, bob) -> None:
    elsewhere = build.a_provider(build.a_venue(), "Alice")
    heard = {who: listen(build.a_provider_key(who)) for who in (alice, bob, elsewhere)}
    hidden = [
        BookRouted(venue_id=venue.id, subject_id=uuid4(), lots=1),
        RowParked(venue_id=venue.id, subject_id=uuid4(), row="Book", retry_at=clock.now()),
    ]
    first, last = to_all(venue), to_all(venue)
    own = {who: to_one(who) for who in (alice, bob)}
    tell(first, *hidden, *own.values(), last)
    ours = {each.subject_id for each in (first, *hidden, *own.values(), last)}
    for who in (alice, bob):
        assert eventually(lambda who=who: subjects(heard[who].events)[-1:] == [last.subject_id])
        told = [each for each in subjects(heard[who].events) if each in ours]
        assert told == [first.subject_id, own[who].subject_id, last.subject_id]
    assert not ours & {*subjects(heard[elsewhere].events)}


def test_a_stream_that_is_cut_again_and_again_loses_nothing_and_doubles_nothing(served, venue, alice, bob) -> None:
    keys = {who: build.a_provider_key(who) for who in (alice, bob)}
    since = last_position(venue)
    open_ones = {who: Listening(served, key) for who, key in keys.items()}
    published = threading.Event()

    def write() -> None:
        for number in range(WRITES):
            capped = AuctionCapped(venue_id=venue.id, subject_id=uuid4(), reserve_edge_bps=Decimal(number))
            book = BookRouted(venue_id=venue.id, subject_id=uuid4(), lots=1)
            perform(record_events, events=[capped, to_one(alice), book, to_one(bob)])
        connection.close()

    def relay() -> None:
        while any(writer.is_alive() for writer in writers) or publish():
            publish()
        published.set()
        connection.close()

    writers = [threading.Thread(target=write, daemon=True) for _ in range(WRITERS)]
    relaying = threading.Thread(target=relay, daemon=True)
    for each in (*writers, relaying):
        each.start()
    heard: dict[Provider, list[StreamedEvent]] = {alice: [], bob: []}
    chance = random.Random(7)
    for _ in range(CUTS):
        for who, listening in open_ones.items():
            enough = chance.randrange(60)
            assert eventually(lambda heard=listening, enough=enough: len(heard.events) >= enough or published.is_set())
            listening.cut()
            heard[who] += listening.events
            open_ones[who] = Listening(served, keys[who], listening.last_event_id)
    for each in (*writers, relaying):
        each.join(60)
    for who, listening in open_ones.items():
        expected = published_to(who, since)
        assert len(expected) == 2 * WRITERS * WRITES
        missing = len(expected) - len(heard[who])
        assert eventually(lambda now=listening, missing=missing: len(now.events) >= missing)
        listening.cut()
        assert subjects(heard[who] + listening.events) == expected


def test_events_are_as_the_document_says(listen, venue, alice) -> None:
    listening = listen(build.a_provider_key(alice))
    tell(to_all(venue, "it changed"), to_one(alice))
    assert eventually(lambda: len(listening.events) >= 2)
    schema = described.validator("GET", STREAM, "200", "text/event-stream")
    for event in listening.events:
        schema.validate({name: value for name, value in event.items() if name != "id"})
    withdrawn, cancelled = listening.events[-2:]
    assert (withdrawn["type"], withdrawn["data"]["reason"]) == ("auction_withdrawn", "it changed")
    assert cancelled["type"] == "bid_cancelled"
    assert len({withdrawn["id"], cancelled["id"]}) == 2


def test_who_reads_too_slowly_is_sent_away_resumes_and_holds_up_nobody(served, listen, venue, alice, bob) -> None:
    before = last_position(venue)
    quick = Returning(listen, build.a_provider_key(bob))
    slow = Returning(listen, build.a_provider_key(alice), takes=False)
    for _ in range(16):
        tell(*(to_all(venue, "x" * 10_000) for _ in range(100)))
    expected = published_to(bob, before)
    assert eventually(lambda: len(quick.events()) >= len(expected), BUSY_SECONDS)
    assert subjects(quick.events()) == expected
    assert eventually(lambda: slow.key_id in too_slow(served), BUSY_SECONDS)
    sent_away = slow.listening[0]
    sent_away.take()
    assert eventually(lambda: sent_away.is_over, BUSY_SECONDS)
    assert len(sent_away.events) < 1600
    assert eventually(lambda: len(slow.events()) >= 1600, BUSY_SECONDS)
    assert subjects(slow.events()) == published_to(alice, before)


def test_a_stream_says_that_it_is_there_and_goes_on_from_any_such_moment(listen, venue, alice) -> None:
    key = build.a_provider_key(alice)
    last_position(venue)
    silent = listen(key)
    ids = set()
    assert eventually(lambda: ids.add(silent.last_event_id) or len(ids) >= 3)
    assert silent.events == []
    silent.cut()
    missed = [to_one(alice), to_one(alice)]
    tell(*missed)
    for each in ids:
        resumed = listen(key, each)
        assert eventually(lambda resumed=resumed: len(resumed.events) == 2)
        assert subjects(resumed.events) == [each.subject_id for each in missed]


def test_a_revoked_key_hears_nothing_more(listen, venue, alice) -> None:
    key, other = build.a_provider_key(alice), build.a_provider_key(alice)
    revoked, kept = listen(key), listen(other)
    perform(revoke_key, key=ApiKey.objects.get(prefix=key.partition(".")[0]))
    assert eventually(lambda: revoked.is_over, 5)
    tell(last := to_one(alice))
    assert eventually(lambda: last.subject_id in subjects(kept.events))
    assert not kept.is_over


def test_a_restricted_key_hears_nothing_more_elsewhere_and_goes_on_where_it_may(listen, venue, alice) -> None:
    key = build.a_provider_key(alice)
    elsewhere, inside = (listen(key, X_Forwarded_For=each) for each in ("198.51.100.9", "192.0.2.9"))
    perform(restrict_key, key=ApiKey.objects.get(prefix=key.partition(".")[0]), networks=["192.0.2.0/24"])
    assert eventually(lambda: elsewhere.is_over)
    tell(last := to_one(alice))
    assert eventually(lambda: last.subject_id in subjects(inside.events))
    assert not inside.is_over


def test_a_key_has_so_many_streams_in_both_processes_together(served, listen, alice) -> None:
    key, other = build.a_provider_key(alice), build.a_provider_key(alice)

    def status(key: str) -> int:
        with served.open(asking(key)) as opened:
            opened.settimeout(5)
            return http_status(opened)

    several = [listen(key) for _ in range(STREAMS_PER_KEY)]
    with served.open(asking(key)) as opened:
        refused = answer(opened)
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (429, "too_many_streams", "2")
    assert status(a_successor(key, alice)) == 429
    listen(other)
    several[0].cut()
    assert eventually(lambda: status(key) == 200)


def a_successor(key: str, provider: Provider) -> str:
    """A key that counts as this one, as what it was rotated into does."""
    successor = build.a_provider_key(provider)
    origin = ApiKey.objects.get(prefix=key.partition(".")[0])
    ApiKey.objects.filter(prefix=successor.partition(".")[0]).update(origin_id=origin.id)
    return successor


def http_status(opened: socket.socket) -> int:
    """The status on the first line of an answer that may have no end."""
    return int(opened.recv(15, socket.MSG_WAITALL).split()[1])


def test_who_asks_for_the_head_of_a_stream_gets_no_stream(served, alice) -> None:
    key = build.a_provider_key(alice)
    with served.open(head("HEAD", STREAM, Authorization=f"Bearer {key}")) as opened:
        assert answer(opened, "HEAD").status == 200
        opened.sendall(head("GET", "/v1/time"))
        assert answer(opened).status == 200


def test_edges_of_dutch_auctions_tick_twice_a_second_and_rise(listen, travel) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    alice = market.a_bidder(venue)
    auction = market.a_dutch_auction(venue, travel)
    listening = listen(build.a_provider_key(alice))

    def ticks() -> list[StreamedEvent]:
        return [each for each in listening.events if each["type"] == "edge_tick"]

    began = time.monotonic()
    assert eventually(lambda: len(ticks()) >= 3)
    assert time.monotonic() - began > 0.8
    travel(seconds=20)
    now = clock.now()
    risen = auction.price_clock.edge_at(now, auction.cap_bps)
    assert eventually(
        lambda: Decimal(ticks()[-1]["data"]["edge_bps"]) == risen > Decimal(ticks()[0]["data"]["edge_bps"])
    )
    schema = described.validator("GET", STREAM, "200", "text/event-stream")
    schema.validate({name: value for name, value in ticks()[-1].items() if name != "id"})
    assert {each["data"]["subject_id"] for each in ticks()} == {str(auction.id)}


def test_a_hidden_lot_stays_hidden(listen, travel) -> None:
    venue = market.a_market(travel)
    build.a_playbook(venue, disclosure="SIZE_BAND", cover_percent=0)
    alice, bob = market.a_bidder(venue), market.a_bidder(venue, "Bob")
    heard = {who: listen(build.a_provider_key(who)) for who in (alice, bob)}
    auction = market.an_auction(venue)
    while publish():
        pass
    for each in heard.values():
        assert eventually(lambda each=each: "auction_opened" in [one["type"] for one in each.events])
        (opened,) = (one for one in each.events if one["type"] == "auction_opened")
        assert opened["data"].keys() == {"subject_id", "provider_id", "kind", "closes_at", "band_above", "band_up_to"}
        assert opened["data"]["subject_id"] == str(auction.id)


def test_a_front_program_that_ends_ends_its_streams_and_the_next_resumes_them(running, venue, alice) -> None:
    running["first"] = first = Served(5)
    heard: list[StreamedEvent] = []

    def listen() -> None:
        client = Client(f"http://{HOST}:{first.port}", key)
        for event in client.stream():
            heard.append(event)
            if event["data"]["subject_id"] == str(last.subject_id):
                break
        client.close()

    key = build.a_provider_key(alice)
    before, between, last = to_one(alice), to_one(alice), to_one(alice)
    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    assert eventually(lambda: tell(to_all(venue)) or heard)
    tell(before)
    assert eventually(lambda: subjects(heard)[-1] == before.subject_id)
    first.process.terminate()
    assert first.process.wait(20) == 0
    assert not any("refused to gracefully stop" in line["event"] for line in first.log())
    tell(between)
    running["next"] = Served(5, port=first.port)
    tell(last)
    listening.join(30)
    assert subjects(heard)[-3:] == [each.subject_id for each in (before, between, last)]
    assert len({each["id"] for each in heard}) == len(heard)
