"""What a provider contests costs it nothing before an arbiter has decided."""

from datetime import timedelta

import pytest

from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import BookState, FaultState
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.market import contest
from tests.refusing import refused
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


@pytest.fixture
def fault(venue, travel):
    market.failed_award(venue)
    return market.sold_again(venue, travel)


def test_until_the_last_instant_it_may_be_contested_once(fault, travel):
    travel.to(fault.contest_until - timedelta(microseconds=1))
    contested = contest(fault)
    assert (contested.state, contested.contest_reason) == (FaultState.CONTESTED, "the account was open")
    assert contest(fault).decide_until == contested.decide_until == contested.contested_at + timedelta(days=1)
    with refused(AuctionRefusal.FAULT_NOT_CONTESTABLE):
        contest(fault, "another reason")
    travel.to(fault.contest_until)
    market.sweep()
    fault.refresh_from_db()
    assert (fault.state, fault.held, fault.book.state) == (FaultState.CONTESTED, 4000, BookState.ROUTED)
    invariants.hold()
    tells_everything()


def test_at_the_end_of_its_time_it_is_too_late(fault, travel):
    travel.to(fault.contest_until)
    with refused(AuctionRefusal.FAULT_NOT_CONTESTABLE):
        contest(fault)


def test_it_is_contested_once_it_is_counted_by_its_own_provider_and_for_a_reason(venue, travel):
    fault = market.failed_award(venue)
    with refused(AuctionRefusal.FAULT_NOT_CONTESTABLE):
        contest(fault)
    fault.provider = build.a_provider(venue, "Bob")
    with refused(AuctionRefusal.FAULT_UNKNOWN):
        contest(fault)
    with refused(AccountRefusal.REASON_MISSING):
        contest(fault, " ")
