"""Limits and faults of the database: who is repeated, who is told to come again, and whose row is left alone."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, InternalError, OperationalError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from auctions.desks.unsealing import untold
from auctions.operations.operator.audit import audit
from auctions.operations.provider.place_bids import PLACE_BIDS, place_bids
from backstop import database, transactions
from backstop.database import LOST, is_passing, kept_alive, lift_limits, sqlstate_of
from backstop.models import StoredAnswer, Venue
from backstop.transactions import Request, one_statement, operation, perform_once
from tests import market
from tests.builders import perform
from tests.conftest import Travel

pytestmark = pytest.mark.django_db(transaction=True)

PASSING = (
    *("08000", "08001", "08003", "08004", "08006", "25006", "25P03", "40001", "40P01"),
    *("53000", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03"),
)


def fail(sqlstate: str) -> None:
    """A fault as the database itself tells it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '{sqlstate}'; END $$")


class Meets:
    """Something that meets these faults, one each time, before it succeeds."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.times = 0

    def open_venue(self, code: str) -> Venue:
        self.times += 1
        venue = Venue.objects.create(code=code, name=code)
        if self.faults:
            fail(self.faults.pop(0))
        return venue


@pytest.fixture
def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This test's own connection under a limit of one second on idle transactions."""
    monkeypatch.setattr(database, "BEAT_SECONDS", 0.2)
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '1s'")
    yield
    connection.close()


def compute(seconds: float) -> None:
    """Having asked for something, Python and nothing else, for so long."""
    Venue.objects.exists()
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        pass


@pytest.mark.parametrize("sqlstate", [*PASSING, "22003", "23505", "42P01"])
def test_a_fault_is_known_by_its_code_whatever_it_comes_in(sqlstate: str) -> None:
    with pytest.raises(DatabaseError) as wrapped:
        fail(sqlstate)
    told = wrapped.value
    assert sqlstate_of(told) == sqlstate_of(told.__cause__) == sqlstate  # type: ignore[arg-type]
    assert is_passing(told) is is_passing(told.__cause__) is (sqlstate in PASSING)  # type: ignore[arg-type]


def test_without_a_connection_nobody_gives_a_code_and_it_passes_all_the_same() -> None:
    with pytest.raises(psycopg.OperationalError) as away:
        psycopg.connect("host=/nowhere dbname=none", connect_timeout=1)
    assert sqlstate_of(away.value) == sqlstate_of(OperationalError("gone")) == LOST
    assert is_passing(away.value)


def test_what_is_no_fault_of_a_database_has_no_code() -> None:
    assert sqlstate_of(ValueError("x")) is None
    assert not is_passing(ValueError("x"))


def test_what_must_not_be_told_keeps_its_code() -> None:
    with pytest.raises(OperationalError) as told, untold():
        fail("40P01")
    assert told.value.__cause__ is None
    assert sqlstate_of(told.value) == "40P01"


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
def test_an_operation_that_meets_others_twice_succeeds_and_happens_once(sqlstate: str, without_pause: None) -> None:
    meets = Meets(sqlstate, sqlstate)
    assert perform(meets.open_venue, code="v").code == "v"
    assert (meets.times, Venue.objects.count()) == (3, 1)


def test_a_request_that_meets_others_twice_is_answered_and_remembered_once(without_pause: None) -> None:
    meets, request = Meets("40P01", "40001"), Request("alice", "POST", "/v1/venues", "one", "x")
    for _ in range(2):
        answer = perform_once(request, lambda venue: venue.code, meets.open_venue, actor="test", code="v").value
        assert answer == "v"
    assert (meets.times, Venue.objects.count(), StoredAnswer.objects.count()) == (3, 1, 1)


def test_who_meets_others_each_time_gives_up(without_pause: None) -> None:
    meets = Meets(*["40P01"] * 9)
    with pytest.raises(OperationalError, match="as asked"):
        perform(meets.open_venue, code="v")
    assert (meets.times, Venue.objects.count()) == (transactions.TRIES, 0)


@pytest.mark.parametrize("sqlstate", ["57P01", "57014", "23505", "08006"])
def test_other_faults_are_not_repeated(sqlstate: str, without_pause: None) -> None:
    meets = Meets(sqlstate)
    with pytest.raises(DatabaseError, match="as asked"):
        perform(meets.open_venue, code="v")
    assert meets.times == 1


@operation
@one_statement
def open_venue(*, meets: Meets) -> Venue:
    return meets.open_venue("v")


def test_what_one_statement_does_begins_and_commits_nothing_beside_it() -> None:
    with CaptureQueriesContext(connection) as seen:
        assert perform(open_venue, meets=Meets()).code == "v"
    assert [query["sql"].split()[0] for query in seen] == ["INSERT"]
    assert Venue.objects.count() == 1


def test_a_batch_of_bids_is_one_statement(travel: Travel) -> None:
    venue = market.a_market(travel)
    market.a_playbook(venue)
    auction, alice = market.an_auction(venue), market.a_bidder(venue)
    market.place(alice, market.order(auction, "b1"))  # the auction's key is at hand then
    key = alice.api_keys.get()
    with CaptureQueriesContext(connection) as seen:
        orders = [market.order(auction, f"b{number}") for number in range(2, 5)]
        perform(place_bids, key_id=key.id, provider_id=alice.id, orders=orders)
    assert [PLACE_BIDS.name in query["sql"] for query in seen] == [True]


def test_one_statement_that_meets_others_is_tried_again(without_pause: None) -> None:
    fails = iter([True, True, False])

    @operation
    @one_statement
    def look() -> str:
        if next(fails):
            fail("40P01")
        return "seen"

    assert perform(look) == "seen"


def test_a_connection_that_stands_is_not_asked_and_one_that_was_ended_is_replaced() -> None:
    Venue.objects.count()
    ended = connection.connection.info.backend_pid
    with CaptureQueriesContext(connection) as seen:
        assert connection.is_usable()
    assert len(seen) == 0
    with psycopg.connect(connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"]) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    close_old_connections()  # as a request begins
    assert Venue.objects.count() == 0
    assert connection.connection.info.backend_pid != ended


def test_a_connection_whose_transaction_failed_is_of_no_use() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError):
            cursor.execute("SELECT 1 / 0")
        assert not connection.is_usable()
        transaction.set_rollback(True)
    assert connection.is_usable()


def test_a_real_deadlock_ends_with_both_done() -> None:
    """Each locks its own row first and then the other's, together: the database kills one, which begins again."""
    codes = [Venue.objects.create(code=code, name=code).code for code in ("v", "w")]
    both_hold, done = threading.Barrier(2), []

    def rename(first: str, second: str) -> None:
        Venue.objects.filter(code=first).update(name=f"{first} first")
        if len(met) < 2:
            met.append(first)
            both_hold.wait(timeout=10)
        Venue.objects.filter(code=second).update(name=f"{second} second")

    def run(first: str, second: str) -> None:
        try:
            perform(rename, first=first, second=second)
            done.append(first)
        finally:
            connection.close()

    met: list[str] = []
    threads = [threading.Thread(target=run, args=order) for order in (codes, codes[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(done) == codes


def test_what_takes_long_by_its_nature_lifts_the_limits_of_its_own_transaction_only(limited: None) -> None:
    def slowly() -> None:
        lift_limits()
        time.sleep(1.5)

    perform(slowly)
    assert perform(audit) == []
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1s",)


def test_who_computes_inside_a_transaction_for_longer_than_the_limit_keeps_it_alive(limited: None) -> None:
    @operation
    @kept_alive()
    def compute_and_open() -> Venue:
        compute(2.5)
        return Venue.objects.create(code="v", name="v")

    perform(compute_and_open)
    assert Venue.objects.count() == 1


def test_without_it_the_database_ends_the_transaction(limited: None) -> None:
    def compute_and_open() -> Venue:
        compute(1.5)
        return Venue.objects.create(code="v", name="v")

    with pytest.raises((InternalError, OperationalError)) as ended:
        perform(compute_and_open)
    assert sqlstate_of(ended.value) == "25P03"
    assert not Venue.objects.exists()


def test_nobody_keeps_a_transaction_alive_for_ever(limited: None) -> None:
    def compute_and_open() -> None:
        with kept_alive(seconds=1.5):
            compute(4)
        Venue.objects.create(code="v", name="v")

    with pytest.raises((InternalError, OperationalError)) as ended:
        perform(compute_and_open)
    assert sqlstate_of(ended.value) == "25P03"


def test_a_transaction_that_has_failed_is_not_asked_for_a_sign_of_life(limited: None) -> None:
    with transaction.atomic(), kept_alive():
        with pytest.raises(DatabaseError, match="as asked"):
            fail("22003")
        time.sleep(0.5)
        transaction.set_rollback(True)
