"""A key that acts for a provider is granted by two, and its secret is known to neither."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import ApiKey, Approval, Provider, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.keys.collect_key import collect_key
from accounts.operations.keys.grant_key import grant_key
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.people.set_member import set_member
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms, Window
from tests import builders as build
from tests.builders import a_provider, a_venue, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db

WHY = {"reason": "a test"}
TERMS = StandingTerms("BOTH", Decimal(5), window=Window(Decimal(100), 60))


@pytest.fixture
def alice() -> Provider:
    """A provider, to which Mia and Max belong, of a venue that wants two persons for more than 100."""
    for name in ("olivia", "oscar", "mia", "max"):
        User.objects.create_user(name)
    venue = a_venue()
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(100), **WHY)
    alice = a_provider(venue, collateral="0")
    for name in ("mia", "max"):
        asked = join(alice, name)
        perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=asked.id)
    return alice


def join(provider: Provider, name: str, **said: Any) -> Any:
    whose = {"venue_id": provider.venue_id, "provider_id": provider.id}
    return perform(set_member, actor="user:olivia", **whose, username=name, **said, **WHY)


def granted(provider: Provider, *by: str, scopes: tuple[str, ...] = ("commitments", "read")) -> ApiKey:
    asking, confirming = by or ("olivia", "oscar")
    whose = {"venue_id": provider.venue_id, "provider_id": provider.id}
    approval = perform(grant_key, actor=f"user:{asking}", **whose, scopes=scopes, **WHY)
    assert isinstance(approval, Approval)
    assert not ApiKey.objects.exists()
    perform(confirm_approval, actor=f"user:{confirming}", venue_id=provider.venue_id, approval_id=approval.id)
    return ApiKey.objects.get()


def test_a_key_that_writes_is_issued_to_nobody_of_the_venue(alice) -> None:
    said = {"venue": alice.venue, "provider": alice}
    for scopes in (["bids"], ["read", "commitments"]):
        with refused(AccountRefusal.KEY_FOR_MEMBERS):
            perform(issue_key, actor="user:olivia", **said, scopes=scopes)
    assert perform(issue_key, actor="user:olivia", **said, scopes=["read"])[1]
    assert perform(issue_key, actor="command:create_key", **said, scopes=["bids"])[1]


def test_what_is_granted_takes_two_and_opens_nothing_until_a_member_collects_it(alice) -> None:
    key = granted(alice)
    assert (key.is_to_be_collected, key.granted_names) == (True, tuple(sorted(key.granted_names)))
    assert {"olivia", "oscar"} <= set(key.granted_names)
    key, secret = perform(collect_key, actor="user:mia", key_id=key.id)
    assert build.api_client(secret).get("/v1/commitments").status_code == 200


def test_a_provider_speaks_for_itself_by_a_key_that_its_member_collected(alice) -> None:
    key, _ = perform(collect_key, actor="user:mia", key_id=granted(alice).id)
    assert key.seen_by == ["mia"]
    said = {"provider": alice, "terms": TERMS}
    assert not isinstance(perform(propose_commitment, actor=f"key:{key.prefix}", **said), Approval)


def test_who_saw_a_providers_key_and_does_not_belong_to_it_is_the_person_behind_it(alice) -> None:
    """As one was issued before keys were granted, or for a person by a command."""
    said = {"venue": alice.venue, "provider": alice, "scopes": ["commitments"]}
    for person in ("olivia", None, "mia"):
        key, _ = perform(issue_key, actor="command:create_key", person=person, **said)
        if person is None:
            ApiKey.objects.filter(id=key.id).update(issued_by="user:olivia")
        outcome = perform(propose_commitment, actor=f"key:{key.prefix}", provider=alice, terms=TERMS)
        assert isinstance(outcome, Approval) == (person != "mia")


def test_a_provider_without_members_is_granted_nothing(alice) -> None:
    bob = a_provider(alice.venue, "Bob", collateral="0")
    with refused(AccountRefusal.MEMBERS_MISSING):
        granted(bob)
    join(alice, "max", belongs=False)
    User.objects.filter(username="mia").update(is_active=False)
    with refused(AccountRefusal.MEMBERS_MISSING):
        granted(alice)


@pytest.mark.parametrize("scopes", [(), ("marks",), ("read", "marks")])
def test_what_is_granted_is_of_a_provider(alice, scopes) -> None:
    with refused(AccountRefusal.SCOPES_REFUSED):
        granted(alice, scopes=scopes)
