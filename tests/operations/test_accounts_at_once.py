"""Several connections at once on the same collateral, commitment, holdings and marks."""

import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from accounts.desks.holdings import HoldingAddition, add_holdings
from accounts.desks.standing import Taking, return_capacity, take_capacity
from accounts.models import CommitmentUse, Holding, Transfer
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms
from backstop import clock
from backstop.desks.marks import MarkQuote
from backstop.models import Mark
from backstop.operations.set_marks import set_marks
from tests.builders import a_commitment, a_provider, a_venue, an_instrument, perform, provider_account
from tests.refusing import is_refused

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def alice(venue):
    return a_provider(venue, collateral="0")


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run all of them together, each on a connection of its own; what each gave or raised, in no order."""
    start = threading.Barrier(len(works))
    outcomes: list[object] = []

    def run(work: Callable[[], object]) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            outcomes.append(work())
        except Exception as problem:
            outcomes.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(outcomes) == len(works)
    return outcomes


def move(provider, amount: str, reference: str) -> Transfer:
    return perform(
        move_collateral,
        venue_id=provider.venue_id,
        provider_id=provider.id,
        asset="USD",
        amount=Decimal(amount),
        reference=reference,
    )


def test_one_reference_moves_money_once_however_many_send_it(alice) -> None:
    outcomes = at_once(*[lambda: move(alice, "10", "same").id] * AT_ONCE)
    assert len(set(outcomes)) == 1
    assert provider_account(alice).posted == 10


def test_the_last_of_the_collateral_is_withdrawn_once(alice) -> None:
    move(alice, "10", "in")
    outcomes = at_once(*[lambda: move(alice, "-10", str(uuid4()))] * AT_ONCE)
    assert sum(is_refused(one, AccountRefusal.COLLATERAL_INSUFFICIENT) for one in outcomes) == AT_ONCE - 1
    assert provider_account(alice).posted == 0


def test_takings_and_returns_of_one_window_add_up(alice) -> None:
    commitment = a_commitment(alice, window_capacity="1000", window_seconds=60)
    now = clock.now()
    for rounds in (1, 2, 3):
        given_back = [uuid4() for _ in range(AT_ONCE)]
        for subject in given_back:
            take(commitment, now, subject)
        returns = [lambda one=one: perform(return_capacity, subject_ids=[one], now=now) for one in given_back]
        works = [*[lambda: take(commitment, now, uuid4())] * AT_ONCE, *returns]
        assert at_once(*works) == [None] * len(works)
        assert CommitmentUse.objects.get().used == rounds * AT_ONCE


def take(commitment, now: datetime, subject_id) -> None:
    perform(take_capacity, takings=[Taking(commitment.id, now, subject_id, Decimal(1))])


def test_awards_and_reports_of_the_same_holdings_add_up_without_a_deadlock(venue, alice) -> None:
    instruments = [an_instrument(venue, f"COIN-{number}") for number in range(4)]

    def award(order: int) -> None:
        subject = uuid4()
        rows = instruments[::order]
        perform(
            add_holdings,
            additions=[HoldingAddition(venue.id, alice.id, row.id, Decimal(1), subject) for row in rows],
        )

    def report() -> None:
        perform(
            report_holdings,
            venue_id=venue.id,
            provider_id=alice.id,
            included_sequence=0,
            quantities=[ReportedQuantity(row.symbol, Decimal(100)) for row in instruments],
        )

    works = [lambda: award(1), lambda: award(-1), report] * 3
    for awards in (6, 12, 18):
        assert at_once(*works) == [None] * len(works)
        assert {row.quantity for row in Holding.objects.all()} <= {awards, 100 + awards}


def test_marks_of_many_senders_never_go_back(venue) -> None:
    an_instrument(venue)
    for _ in range(5):
        moments = [clock.now() for _ in range(AT_ONCE)]
        at_once(*[lambda at=at: perform(set_marks, venue_id=venue.id, quotes=[a_quote(at)]) for at in moments])
        assert Mark.objects.get().marked_at == moments[-1]


def a_quote(at: datetime) -> MarkQuote:
    return MarkQuote("BTC-PERP", Decimal(1), at)


def test_a_scope_is_proposed_once(alice) -> None:
    terms = StandingTerms(min_edge_bps=Decimal(5))
    outcomes = at_once(*[lambda: perform(propose_commitment, provider=alice, terms=terms)] * AT_ONCE)
    assert sum(is_refused(one, AccountRefusal.COMMITMENT_EXISTS) for one in outcomes) == AT_ONCE - 1
    assert alice.commitments.get().terms.count() == 1
