"""A provider that ends has nothing here afterwards, whoever pays in at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Account, AccountKind, Provider
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.end_provider import end_provider
from backstop.errors import DomainError
from tests.builders import a_provider, a_venue, perform, provider_account, venue_account
from tests.elsewhere import eventually

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20


def waiting() -> int:
    """How many sessions of this database wait for others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the sessions of its first look
        cursor.execute(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def in_threads() -> Iterator[Callable[..., Future[Any]]]:
    """What is begun in a thread answers, or raises, later."""
    with ThreadPoolExecutor() as pool:

        def run(work: Callable[..., Any], arguments: dict[str, Any]) -> Any:
            try:
                return perform(work, **arguments)
            finally:
                connection.close()

        yield lambda work, **arguments: pool.submit(run, work, arguments)


def end(provider: Provider) -> dict[str, Any]:
    return {"work": end_provider, "provider": provider, "reason": "leaves"}


def test_what_is_paid_in_meanwhile_keeps_it_from_ending() -> None:
    venue = a_venue()
    alice = a_provider(venue, collateral="0")
    said = {"venue_id": venue.id, "provider_id": alice.id, "asset": "USD", "amount": Decimal(100), "reference": "in"}
    with in_threads() as begin:
        with transaction.atomic():  # until it ends, the deposit can be decided and not be written
            Account.objects.select_for_update(no_key=True).get(id=venue_account(venue, AccountKind.CLEARING).id)
            paying = begin(move_collateral, **said)
            assert eventually(lambda: waiting() == 1)
            ending = begin(**end(alice))
            assert eventually(lambda: waiting() == 2 or ending.done())
        outcome = ending.exception(SECONDS)
        assert isinstance(outcome, DomainError)
        assert outcome.refusal == AccountRefusal.PROVIDER_NOT_FREE
        assert paying.result(SECONDS)
    alice.refresh_from_db()
    assert (alice.state, provider_account(alice).posted) == ("ACTIVE", 100)
