"""Silence ends a fault: the provider's lets it stand, the arbiter's lets it go."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from auctions.lifecycle import BookState, FaultState
from tests import builders as build
from tests import invariants, market
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def fault(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    market.failed_award(venue)
    return market.sold_again(venue, travel)


def test_at_the_last_instant_nobody_has_contested_and_it_stands(fault, travel):
    travel.to(fault.contest_until - timedelta(microseconds=1))
    assert market.sweep("end_faults") == 0
    travel(microseconds=1)
    assert market.sweep("end_faults") == 1
    fault.refresh_from_db()
    assert (fault.state, fault.held) == (FaultState.UPHELD, 0)
    assert build.provider_account(fault.provider).posted == 1_000_000 - 2800
    invariants.hold()
    tells_everything()


def test_at_the_last_instant_nobody_has_decided_and_there_was_none(fault, travel):
    fault = market.contest(fault)
    travel.to(fault.decide_until - timedelta(microseconds=1))
    assert market.sweep("end_faults") == 0
    assert fault.book.state == BookState.ROUTED
    travel(microseconds=1)
    assert market.sweep("end_faults") == 1
    fault.refresh_from_db()
    assert (fault.state, fault.held, fault.provider.faults) == (FaultState.DISMISSED, 0, 0)
    assert build.provider_account(fault.provider).posted == 1_000_000
    market.ended(fault.book)
    tells_everything()


def test_a_program_of_before_closes_no_book_that_waits_for_a_fault(fault):
    """It knows of none, and would give the owner what a provider may yet pay for."""
    with (
        pytest.raises(IntegrityError, match="a fault of the book is not decided"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE auctions_book SET state = 'CLOSED', closed_at = backstop_now()")
