"""What an operation locks, it locks in one order; whoever would not is refused even if nobody is in its way."""

from uuid import UUID, uuid4

import pytest
from django.db import connection
from prometheus_client import REGISTRY

from backstop.locks import EVERYWHERE, Lock, lock, lock_free_rows, lock_rows, share
from backstop.models import Venue
from backstop.transactions import operation, rehearse
from tests import builders as build
from tests.builders import perform

pytestmark = pytest.mark.django_db


@operation
def lock_up(*locks: tuple[Lock, list[UUID]]) -> None:
    for kind, ids in locks:
        lock(kind, ids)


def took(*locks: tuple[Lock, list[UUID]]) -> None:
    perform(lambda: lock_up(*locks))


def test_a_later_kind_may_follow_an_earlier_one() -> None:
    took((Lock.BREAKER, [EVERYWHERE]), (Lock.AUCTION, [uuid4()]), (Lock.REFERENCE, [uuid4()]))


def test_an_earlier_kind_after_a_later_one_is_refused() -> None:
    with pytest.raises(RuntimeError, match="lock_up locks breaker after auction"):
        took((Lock.AUCTION, [uuid4()]), (Lock.BREAKER, [EVERYWHERE]))


def test_more_of_a_kind_is_refused_and_what_is_held_already_is_not() -> None:
    first, second = uuid4(), uuid4()
    took((Lock.AUCTION, [first, second]), (Lock.REFERENCE, [uuid4()]), (Lock.AUCTION, [second]))
    with pytest.raises(RuntimeError, match="auction after auction"):
        took((Lock.AUCTION, [first]), (Lock.AUCTION, [second]))


def test_nothing_locked_is_nothing_held() -> None:
    took((Lock.AUCTION, []), (Lock.BREAKER, [EVERYWHERE]))


def test_shares_and_rows_have_their_turns_too() -> None:
    build.a_venue()

    @operation
    def late_share() -> None:
        lock_rows(Lock.BOOK_ROW, Venue.objects.all())
        share(Lock.BREAKER, [EVERYWHERE])

    @operation
    def late_rows() -> None:
        share(Lock.AUCTION, [EVERYWHERE])
        lock_free_rows(Lock.BOOK_ROW, Venue.objects.all())

    with pytest.raises(RuntimeError, match="late_share locks breaker after book_row"):
        perform(late_share)
    with pytest.raises(RuntimeError, match="late_rows locks book_row after auction"):
        perform(late_rows)


def test_who_finds_no_row_had_to_have_his_turn_too() -> None:
    @operation
    def late() -> None:
        lock(Lock.AUCTION, [EVERYWHERE])
        lock_rows(Lock.BOOK_ROW, Venue.objects.none())

    with pytest.raises(RuntimeError, match="late locks book_row after auction"):
        perform(late)


def test_rows_are_locked_as_rows_and_ids_as_ids() -> None:
    @operation
    def mistaken() -> None:
        lock(Lock.BOOK_ROW, [EVERYWHERE])

    with pytest.raises(TypeError, match="book_row"):
        perform(mistaken)
    with pytest.raises(TypeError, match="auction"):
        perform(operation(lambda: lock_rows(Lock.AUCTION, Venue.objects.all())))


def test_operations_of_one_transaction_lock_as_one() -> None:
    def both() -> None:
        lock_up((Lock.AUCTION, [EVERYWHERE]))
        lock_up((Lock.BREAKER, [EVERYWHERE]))

    with pytest.raises(RuntimeError, match="lock_up locks breaker after auction"):
        perform(both)


def test_an_operation_within_another_goes_on_with_what_that_holds() -> None:
    @operation
    def outer() -> None:
        lock(Lock.AUCTION, [EVERYWHERE])
        lock_up((Lock.BREAKER, [EVERYWHERE]))

    with pytest.raises(RuntimeError, match="lock_up locks breaker after auction"):
        perform(outer)


def test_what_a_rehearsal_locks_is_free_afterwards() -> None:
    ids = [uuid4()]

    def held() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def tried_first() -> tuple[int, int]:
        lock(Lock.LIMITS, ids)
        before = held()
        rehearse(lock, kind=Lock.AUCTION, ids=ids)
        after = held()
        lock(Lock.BREAKER, ids)  # in its turn: nobody holds the auction
        return before, after

    before, after = perform(tried_first)
    assert before == after > 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_where_no_transaction_would_hold_it() -> None:
    with pytest.raises(RuntimeError, match="no"):
        lock(Lock.AUCTION, [EVERYWHERE])


def test_how_long_a_lock_took_is_measured_by_operation_and_kind() -> None:
    def measured() -> float | None:
        labels = {"operation": "lock_up", "lock": "auction"}
        return REGISTRY.get_sample_value("backstop_lock_seconds_count", labels)

    before = measured() or 0
    took((Lock.AUCTION, [uuid4()]))
    assert measured() == before + 1
