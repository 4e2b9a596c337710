"""What ends a fault beside what else would: with real connections, one of them does, and it is paid once or never."""

import pytest

from auctions.lifecycle import FaultState
from auctions.models import ProviderFault
from auctions.operations.sweeps.end_faults import end_faults
from auctions.queries import due_to_end_faults
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.errors import DomainError
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fault(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    market.failed_award(venue)
    return market.sold_again(venue, travel)


def ending():
    return perform(end_faults, ids=due_to_end_faults(clock.now()).list_ids())


def refusals(*works):
    """With what those were refused that were."""
    outcomes = together(*works)
    assert all(isinstance(each, DomainError | ProviderFault | int) for each in outcomes), outcomes
    return {each.refusal for each in outcomes if isinstance(each, DomainError)}


def paid(fault):
    return 1_000_000 - build.provider_account(fault.provider).posted


def test_contesting_beside_the_sweep_at_the_deadline_is_too_late(fault, travel):
    travel.to(fault.contest_until)
    late = refusals(lambda: market.contest(fault), ending, lambda: market.contest(fault), ending)
    assert late == {AuctionRefusal.FAULT_NOT_CONTESTABLE}
    ending()
    assert (ProviderFault.objects.get().state, paid(fault)) == (FaultState.UPHELD, 2800)
    market.sweep()
    market.clean()


def test_two_decisions_and_the_sweep_end_it_once(fault, travel):
    contested = market.contest(fault)
    both = (lambda: market.decide(fault, stands=True), lambda: market.decide(fault, stands=False))
    assert refusals(*both, ending) == {AuctionRefusal.FAULT_NOT_CONTESTED}
    state = ProviderFault.objects.get().state
    assert (state, paid(fault)) in [(FaultState.UPHELD, 2800), (FaultState.DISMISSED, 0)]
    travel.to(contested.decide_until)
    market.sweep()
    assert ProviderFault.objects.get().state == state
    market.clean()
