"""What waits for one reader of a stream, and when it is sent away as slow."""

import asyncio
import math
import time
from uuid import UUID, uuid4

import pytest

from backstop.delivery.following import News, Wanted
from backstop.events import Visibility
from backstop.front.followers import MOST_WAITING_BYTES, Follower, Happened, Reader

MUCH = b"x" * (MOST_WAITING_BYTES + 1)


@pytest.fixture
def follower() -> Follower:
    return Follower(Wanted((uuid4(), None), uuid4(), uuid4(), uuid4(), after=0, last=0), joined=0)


def hear(follower: Follower, position: int, lines: bytes) -> None:
    follower.hear(Happened([News(position, Visibility.EVERYBODY, None, lines)], position))


def taken(follower: Follower) -> bytes:
    follower.look(math.inf, 0, math.inf)
    return asyncio.run(follower.next())


def test_ticks_of_any_size_and_number_send_nobody_away(follower) -> None:
    for _ in range(3):
        follower.tick(MUCH)
    assert not follower.is_over
    assert taken(follower) == MUCH


def test_only_the_last_tick_waits_after_all_that_happened(follower) -> None:
    follower.tick(b"first")
    hear(follower, 1, b"happened ")
    follower.tick(b"last")
    assert taken(follower).endswith(b"\nhappened last")
    assert taken(follower).startswith(b":\n"), "and is told once"


def test_a_tick_of_nothing_takes_back_the_one_before(follower) -> None:
    follower.tick(b"first")
    follower.tick(b"")
    assert taken(follower).startswith(b":\n")


def test_one_round_of_any_size_sends_nobody_away_who_took_all_before(follower) -> None:
    for position in (1, 2):
        hear(follower, position, MUCH)
        assert taken(follower).endswith(MUCH)
    assert not follower.is_over


def test_who_has_not_taken_as_much_when_there_is_more_is_slow(follower) -> None:
    hear(follower, 1, MUCH)
    follower.hear(Happened([], 2))
    assert not follower.is_over, "nothing more for it"
    hear(follower, 3, b"more")
    assert follower.is_over
    assert follower.is_slow
    assert taken(follower) == b""


def test_a_round_is_written_once_for_all_who_listen_for_a_provider(monkeypatch) -> None:
    alice, bob, written = uuid4(), uuid4(), []
    monkeypatch.setattr(Reader, "written", lambda self, news: written.append(self.provider_id) or b"told ")
    happened = Happened([News(position, Visibility.EVERYBODY, None, b"") for position in (1, 2)], 2)
    followers = [
        Follower(Wanted((uuid4(), None), uuid4(), uuid4(), each, after=0, last=0), 0) for each in (alice, bob, alice)
    ]
    for each in followers:
        each.hear(happened)
    assert written == [alice, bob]
    assert [taken(each) for each in followers] == [b"told "] * 3


def test_who_joined_in_the_middle_of_a_round_hears_the_rest_of_it_and_nobody_hears_what_is_another_s() -> None:
    alice, bob = uuid4(), uuid4()
    own = [(1, alice), (2, bob), (3, alice)]
    happened = Happened([News(position, Visibility.OWN, whose, b"%d;\n" % position) for position, whose in own], 3)

    def heard(provider_id: UUID, joined: int) -> bytes:
        follower = Follower(Wanted((uuid4(), None), uuid4(), uuid4(), provider_id, after=joined, last=joined), joined)
        follower.hear(happened)
        return b"".join(part for part in taken(follower).split(b"\n") if part.endswith(b";"))

    assert [heard(alice, 0), heard(alice, 1), heard(bob, 0), heard(alice, 3)] == [b"1;3;", b"3;", b"2;", b""]


@pytest.mark.parametrize(("silent", "is_stirred"), [(4.9, False), (5.1, True)])
def test_who_is_told_nothing_for_so_long_hears_that_the_stream_is_there(follower, silent, is_stirred) -> None:
    follower.look(time.monotonic() + silent, 5, math.inf)
    assert follower._stirred.is_set() == is_stirred


@pytest.mark.parametrize(("seconds", "is_slow"), [(9.9, False), (10.1, True)])
def test_what_takes_so_long_to_take_is_broken_off_and_its_reader_sent_away(follower, seconds, is_slow) -> None:
    async def taking() -> None:
        read = asyncio.Event()
        writing = asyncio.create_task(follower.take(read.wait()))
        await asyncio.sleep(0)
        follower.look(time.monotonic() + seconds, 0, 10)
        read.set()
        await writing

    asyncio.run(taking())
    assert (follower.is_slow, follower.is_over) == (is_slow, is_slow)


def test_who_is_told_to_end_while_it_takes_something_ends(follower) -> None:
    async def taking() -> None:
        writing = asyncio.create_task(follower.take(asyncio.Event().wait()))
        await asyncio.sleep(0)
        writing.cancel()
        await writing

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(taking())
