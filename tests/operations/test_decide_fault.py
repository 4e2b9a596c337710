"""An arbiter decides what is contested: what stands is paid, what does not never was."""

from datetime import timedelta

import pytest

from accounts.models import ApprovalLimit, Member, Provider, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import FaultState
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.market import contest, decide
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
    return contest(market.sold_again(venue, travel))


@pytest.mark.parametrize(("stands", "state", "cost"), [(True, FaultState.UPHELD, 2800), (False, "DISMISSED", 0)])
def test_it_is_decided_once_and_costs_and_counts_only_where_it_stands(fault, travel, stands, state, cost):
    travel.to(fault.decide_until - timedelta(microseconds=1))
    for _ in range(2):
        decided = decide(fault, stands=stands)
        assert (decided.state, decided.held, decided.decision_reason) == (state, 0, "heard both")
    for other in ({"stands": not stands}, {"stands": stands, "reason": "another"}):
        with refused(AuctionRefusal.FAULT_NOT_CONTESTED):
            decide(fault, **other)
    account = build.provider_account(fault.provider)
    assert (account.posted, account.held) == (1_000_000 - cost, 0)
    assert Provider.objects.get(id=fault.provider_id).faults == bool(cost)
    market.ended(fault.book)
    tells_everything()


def test_at_the_end_of_its_time_it_is_too_late(fault, travel):
    travel.to(fault.decide_until)
    with refused(AuctionRefusal.FAULT_NOT_CONTESTED):
        decide(fault, stands=True)


def test_what_nobody_contested_is_not_decided_nor_another_venues_nor_without_a_reason(venue, travel):
    market.failed_award(venue)
    fault = market.sold_again(venue, travel)
    with refused(AuctionRefusal.FAULT_NOT_CONTESTED):
        decide(fault, stands=False)
    with refused(AccountRefusal.REASON_MISSING):
        decide(fault, stands=False, reason=" ")
    fault.provider = build.a_provider(build.a_venue(), "Bob")
    with refused(AuctionRefusal.FAULT_UNKNOWN):
        decide(fault, stands=False)


def test_no_key_of_a_provider_decides(venue):
    alice = build.a_provider(venue, "Alice")
    with refused(AccountRefusal.SCOPES_REFUSED):
        perform(issue_key, venue=venue, provider=alice, scopes=["arbitrate"])


@pytest.fixture
def people():
    for name in ("olivia", "peter", "quentin"):
        User.objects.create(username=name, email=f"{name}@venue.example")
    User.objects.create(username="olivia-too", email="olivia@venue.example")


def test_no_party_to_it_decides_it_whoever_they_act_as(venue, travel, people):
    """Olivia rejected it, Peter contested it on behalf of Alice, and Mallory is Alice's own."""
    market.failed_award(venue, by="user:olivia")
    fault = contest(market.sold_again(venue, travel), by="user:peter")
    Member.objects.create(provider=fault.provider, user=User.objects.create(username="mallory"))
    for party in ("olivia", "olivia-too", "peter", "mallory"):
        with refused(AccountRefusal.APPROVAL_SAME_PERSON):
            decide(fault, stands=True, by=f"user:{party}")
    key, _ = perform(issue_key, venue=venue, scopes=["arbitrate"], person="olivia")
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        decide(fault, stands=True, by=f"key:{key.prefix}")
    with refused(AccountRefusal.PERSON_UNKNOWN):
        decide(fault, stands=True, by="command:a test")
    assert decide(fault, stands=True, by="user:quentin").state == FaultState.UPHELD


def test_who_asked_to_reject_it_is_a_party_like_who_confirmed_that(venue, travel, people):
    ApprovalLimit.objects.create(venue=venue, asset=build.the_asset(venue), amount=1)
    asked = market.reject(venue, market.awaited_settlement(venue), by="user:olivia")
    perform(confirm_approval, actor="user:peter", venue_id=venue.id, approval_id=asked.id)
    ApprovalLimit.objects.update(amount=None)
    fault = contest(market.sold_again(venue, travel))
    for party in ("olivia", "peter"):
        with refused(AccountRefusal.APPROVAL_SAME_PERSON):
            decide(fault, stands=True, by=f"user:{party}")
    assert decide(fault, stands=False, by="user:quentin").state == FaultState.DISMISSED
