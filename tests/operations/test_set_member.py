"""Who belongs to a provider is decided by two; who does not any more collects nothing, at once."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Approval, Member, Provider, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.people.set_member import set_member
from accounts.rules.refusals import AccountRefusal
from accounts.rules.roles import ProviderRole
from backstop.models import Event
from tests.builders import a_provider, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(db: None) -> None:
    for name in ("olivia", "mia"):
        User.objects.create_user(name)


def member(provider: Provider, name: str = "mia", **said: Any) -> Any:
    whose = {"venue_id": provider.venue_id, "provider_id": provider.id, "reason": "hired"}
    return perform(set_member, actor="user:olivia", **whose, username=name, **said)


def test_a_user_joins_and_leaves_once(alice) -> None:
    assert member(alice) == member(alice)
    assert Member.objects.get().provider == alice
    assert member(alice, belongs=False) is member(alice, belongs=False) is None
    assert not Member.objects.exists()
    told = Event.objects.filter(kind__startswith="member_").order_by("created_at", "id")
    assert list(told.values_list("kind", "payload__user")) == [("member_joined", "mia"), ("member_left", "mia")]


def test_a_role_is_changed_and_said_again(alice) -> None:
    member(alice, role=ProviderRole.READER)
    assert member(alice, role=ProviderRole.BIDDER) == member(alice, role=ProviderRole.BIDDER)
    assert Member.objects.get().role == ProviderRole.BIDDER
    told = Event.objects.filter(kind="member_joined").order_by("id").values_list("payload__role", flat=True)
    assert list(told) == ["READER", "BIDDER"]


def test_above_no_limit_of_the_venue_does_one_add_a_member_alone(alice) -> None:
    member(alice)
    limit = {"venue_id": alice.venue_id, "asset": "USD", "amount": Decimal(100), "reason": "four eyes"}
    perform(set_approval_limit, **limit)
    assert member(alice, belongs=False) is None
    assert isinstance(member(alice), Approval)
    assert not Member.objects.exists()


def test_nobody_belongs_to_two_providers(alice) -> None:
    member(alice)
    bob = a_provider(alice.venue, "Bob")
    for belongs in (True, False):
        with refused(AccountRefusal.USER_TAKEN):
            member(bob, belongs=belongs)


def test_who_is_no_user_belongs_to_nobody(alice) -> None:
    with refused(AccountRefusal.USER_UNKNOWN):
        member(alice, "nobody")
