"""Who applied and accepted the terms is approved, once."""

import pytest

from accounts.operations.people.accept_terms import accept_terms
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.apply_as_provider import apply_as_provider
from auctions.operations.operator.approve_provider import approve_provider
from backstop.models import Event
from tests.builders import a_group, a_venue, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_approval_comes_after_the_terms() -> None:
    venue = a_venue()
    said = {"group": a_group(venue, "North"), "reason": "recommended"}
    alice = perform(apply_as_provider, venue=venue, name="Alice", **said)
    with refused(AccountRefusal.TERMS_NOT_ACCEPTED):
        perform(approve_provider, provider=alice, reason="all is there")
    perform(accept_terms, provider=alice, version="2026-1")
    with refused(AccountRefusal.REASON_MISSING):
        perform(approve_provider, provider=alice, reason=" ")
    assert not alice.may_offer, "who has only applied"
    assert perform(approve_provider, provider=alice, reason="all is there").may_offer
    assert Event.objects.get(kind="provider_approved").payload["reason"] == "all is there"
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        perform(approve_provider, provider=alice, reason="again")
