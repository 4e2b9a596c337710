"""A cover's activation beside a relation of its insurer with whom it protects, and a default: none stands wrongly."""

import pytest

from accounts.models import Cover, User
from accounts.rules.refusals import AccountRefusal
from backstop.errors import DomainError
from tests import builders as build
from tests import covers, invariants, market
from tests.operations.test_confirm_default import confirm
from tests.operations.test_declare_default import declare
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(travel):
    venue = market.a_market()
    market.a_playbook(venue)
    for name in ("olivia", "peter"):
        User.objects.create(username=name)
    covers.limit_tranche(venue)
    return market.a_bidder(venue)


def test_beside_a_relation_it_runs_off_or_does_not_begin(alice) -> None:
    owner = build.a_group(alice.venue, "Protected")
    cover = covers.signed(alice.venue, {alice: 10_000}, group_id=owner.id)
    activated, _ = together(lambda: covers.activate(cover), lambda: build.relate(owner, alice.group))
    state = Cover.objects.get(id=cover.id).state
    if isinstance(activated, DomainError):
        assert (activated.refusal, state) == (AccountRefusal.COVER_OF_ONE_CLUSTER, "SIGNED")
    else:
        assert state == "RUNOFF", activated
    invariants.hold()


def test_beside_its_insurers_default_it_is_suspended_or_does_not_begin(alice) -> None:
    cover = covers.signed(alice.venue, {alice: 10_000})
    declare(alice)
    activated, confirmed = together(lambda: covers.activate(cover), lambda: confirm(alice))
    assert not isinstance(confirmed, Exception), confirmed
    state = Cover.objects.get(id=cover.id).state
    assert state == ("SIGNED" if isinstance(activated, DomainError) else "SUSPENDED"), activated
    invariants.hold()
