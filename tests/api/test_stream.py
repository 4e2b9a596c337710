"""Asking for a stream: by whom, from where on, and what is refused. What follows stands in tests/front/test_streams."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import ApiKey
from accounts.operations.keys.restrict_key import restrict_key
from accounts.queries import list_keys_in_force
from auctions.events import AuctionWithdrawn, AwardConfirmed, BidCancelled, BookRouted, RowParked
from backstop import clock
from backstop.api.stream import RETRY
from backstop.delivery.following import MOST, Wanted, get_last_position, list_news, list_past
from backstop.delivery.positions import Positions
from backstop.delivery.telling import may_see
from backstop.events import Visibility
from backstop.management.commands.relay import publish
from backstop.models import Publication
from backstop.record import record_events
from backstop.refusals import GroundRefusal
from tests.builders import a_provider, a_provider_key, a_venue, a_venue_key, api_client, perform
from tests.refusing import refused

ALICE, BOB = uuid4(), uuid4()


def shown(reader_id, position: int, salt: int = 0) -> str:
    return Positions(reader_id).shown([position], salt)[0].decode()


def test_a_position_says_itself_to_whom_it_was_made_for_and_nothing_to_others() -> None:
    alice = Positions(ALICE)
    assert alice.shown([7, 8]) == [*alice.shown([7]), *Positions(ALICE).shown([8])]
    assert [alice.read(shown(ALICE, each)) for each in (0, 7, 2**40)] == [0, 7, 2**40]
    assert shown(ALICE, 7) != shown(BOB, 7)
    with refused(GroundRefusal.LAST_EVENT_ID_REFUSED):
        Positions(BOB).read(shown(ALICE, 7))


def test_with_a_salt_nobody_sees_whether_a_position_moved() -> None:
    assert len({shown(ALICE, 7, salt) for salt in (0, 1, 2**32 - 1)}) == 3
    assert Positions(ALICE).read(shown(ALICE, 7, 2**32 - 1)) == 7


@pytest.mark.parametrize("said", ["x", "7", "0" * 30, "0" * 31, "0" * 32, "0" * 64, "ä" * 32, " "])
def test_what_is_no_position_is_refused(said: str) -> None:
    with refused(GroundRefusal.LAST_EVENT_ID_REFUSED):
        Positions(ALICE).read(said)


@pytest.fixture
def venue(db):
    return a_venue()


def ask(alice, last_event_id: str | None = None, **headers: str):
    said = {} if last_event_id is None else {"HTTP_LAST_EVENT_ID": last_event_id}
    return api_client(a_provider_key(alice)).get("/v1/stream", **said, **headers)


def happen(venue, times: int = 1) -> int:
    """Have so much happen; the venue's last position."""
    events = [AuctionWithdrawn(venue_id=venue.id, subject_id=uuid4(), reason="") for _ in range(times)]
    perform(record_events, events=events)
    while publish():
        pass
    return get_last_position(venue.id)


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "application/json"])
def test_a_stream_begins_for_whoever_asks_in_whatever_words(alice, accept: str) -> None:
    answer = ask(alice, HTTP_ACCEPT=accept)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "text/event-stream",
        "no-store",
    )
    assert answer.content == RETRY


def test_what_is_refused_is_a_problem_for_who_asks_for_a_stream_too(alice) -> None:
    answer = ask(alice, "nothing", HTTP_ACCEPT="text/event-stream")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "last_event_id_refused"


def test_a_venue_has_no_stream_of_its_own(venue) -> None:
    answer = api_client(a_venue_key(venue)).get("/v1/stream")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_stream_goes_on_after_any_position_that_is_kept(venue, alice, database_owner) -> None:
    last = happen(venue, 3)
    for position in (0, 1, last - 1, last):
        assert ask(alice, shown(alice.id, position)).status_code == 200
    assert ask(alice, "").status_code == 200


def test_a_position_after_which_something_is_gone_has_expired(venue, alice) -> None:
    last = happen(venue, 3)
    answer = ask(alice, shown(alice.id, last + 1))
    assert (answer.status_code, answer.json()["code"]) == (410, "position_expired"), "of another history"


def test_what_is_dropped_has_expired(venue, alice, database_owner) -> None:
    last = happen(venue, 3)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM backstop_publication WHERE position < %s", [last])
    codes = [ask(alice, shown(alice.id, each)).status_code for each in (0, last - 2, last - 1, last)]
    assert codes == [410, 410, 200, 200], "at the first that is kept it goes on"
    assert Publication.objects.count() == 1
    assert ask(alice).status_code == 200


def test_what_is_found_of_the_past_and_of_news_is_what_its_reader_may_see(venue, alice) -> None:
    bob = a_provider(venue, "Bob")
    first = happen(venue)
    about = [{"venue_id": venue.id, "subject_id": uuid4()} for _ in range(8)]
    events = [
        AuctionWithdrawn(**about[0], reason=""),
        BookRouted(**about[1], lots=1),
        RowParked(**about[2], row="Book", retry_at=clock.now()),
        *(BidCancelled(**said, provider_id=who.id) for said, who in zip(about[3:5], (alice, bob), strict=True)),
        *(
            AwardConfirmed(**said, provider_id=who and who.id, award=uuid4())
            for said, who in zip(about[5:], (alice, bob, None), strict=True)
        ),
    ]
    perform(record_events, events=events)
    publish()
    rows = list(Publication.objects.filter(position__gt=first).order_by("position"))
    assert {row.visibility for row in rows} == {*Visibility}
    last = get_last_position(venue.id)
    _, news = list_news({venue.id: first})[venue.id]
    for who in (alice, bob):
        expected = [row.position for row in rows if may_see(row.visibility, row.provider_id, who.id)]
        assert len(expected) == 3
        assert [
            each.position
            for each in list_past(Wanted((uuid4(), None), uuid4(), venue.id, who.id, first, last), first, last)
        ] == expected
        assert [each.position for each in news if may_see(each.visibility, each.provider_id, who.id)] == expected


def test_what_is_past_comes_in_pages_and_nothing_twice(venue, alice, monkeypatch) -> None:
    monkeypatch.setattr("backstop.delivery.following.MOST", 2)
    first = happen(venue)
    last = happen(venue, 5)
    wanted = Wanted((uuid4(), None), uuid4(), venue.id, alice.id, first, last)
    pages, after = [], first
    while page := list_past(wanted, after, last):
        pages.append([each.position for each in page])
        after = page[-1].position
    assert pages == [[first + 1, first + 2], [first + 3, first + 4], [last]]
    assert list_past(wanted, last - 2, last - 1)[-1].position == last - 1, "up to and with the end"


def test_news_of_each_venue_go_on_from_its_own_position(venue, alice, monkeypatch) -> None:
    other, last = a_venue(), happen(venue, 3)
    assert list_news({venue.id: last, other.id: 0}) == {}
    new = happen(venue, 2)
    happen(other, 1)
    found = list_news({venue.id: last, other.id: 0})
    assert [each.position for each in found[venue.id][1]] == [new - 1, new]
    assert [(until, len(news)) for until, news in found.values()] == [(new, 2), (1, 1)]
    monkeypatch.setattr("backstop.delivery.following.MOST", 1)
    until, news = list_news({venue.id: last})[venue.id]
    assert (until, [each.position for each in news]) == (new - 1, [new - 1]), "no further than all of it was read"
    assert MOST > 1


def test_a_key_that_is_revoked_narrowed_or_ended_is_not_in_force(alice, travel) -> None:
    now = travel.freeze()
    for _ in range(5):
        a_provider_key(alice)
    revoked, narrowed, ended, ends, kept = alice.api_keys.order_by("id")
    ApiKey.objects.filter(id=revoked.id).update(revoked_at=now)
    ApiKey.objects.filter(id=narrowed.id).update(scopes=["bids"])
    ApiKey.objects.filter(id=ended.id).update(expires_at=now)
    ApiKey.objects.filter(id=ends.id).update(expires_at=now + timedelta(microseconds=1))
    keys = {(each.id, None) for each in (revoked, narrowed, ended, ends, kept)}
    assert list_keys_in_force(keys) == {(ends.id, None), (kept.id, None)}
    assert list_keys_in_force([(ended.id, None), (uuid4(), None)]) == set()


def test_a_key_is_in_force_in_its_networks_alone_as_at_the_door(alice) -> None:
    secrets = [a_provider_key(alice) for _ in range(2)]
    limited, free = (ApiKey.objects.get(prefix=each.partition(".")[0]) for each in secrets)
    perform(restrict_key, key=limited, networks=["192.0.2.0/24", "2001:db8::/48"])
    for address in ("192.0.2.9", "198.51.100.9", "2001:db8::9", "2001:db9::9", ""):
        known = address or None
        codes = [api_client(each).get("/v1/stream", REMOTE_ADDR=address).status_code for each in secrets]
        allowed = {key.id for key, code in zip((limited, free), codes, strict=True) if code == 200}
        assert list_keys_in_force([(limited.id, known), (free.id, known)]) == {(each, known) for each in allowed}
        assert allowed == ({limited.id, free.id} if address in ("192.0.2.9", "2001:db8::9") else {free.id})


def test_a_stream_costs_no_more_than_it_must(alice, django_assert_num_queries) -> None:
    client = api_client(a_provider_key(alice))
    with django_assert_num_queries(2):
        client.get("/v1/stream")
