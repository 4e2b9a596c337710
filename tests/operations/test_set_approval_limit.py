"""Limits are set by one person, and loosened by two."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Approval, ApprovalLimit, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.rules.approvals import Stake, needs_another
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_venue, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


def limit(venue, amount: str | None, actor: str = "user:olivia") -> Any:
    value = None if amount is None else Decimal(amount)
    return perform(set_approval_limit, actor=actor, venue_id=venue.id, asset="USD", amount=value, reason="policy")


def test_a_limit_is_set_and_tightened_by_one_person(venue) -> None:
    limit(venue, "100")
    limit(venue, "50")
    assert ApprovalLimit.objects.get().amount == 50


def test_a_limit_is_raised_or_taken_away_by_two(venue) -> None:
    for name in ("olivia", "oscar"):
        User.objects.create_user(name)
    limit(venue, "100")
    for amount in ("100.01", None):
        approval = limit(venue, amount)
        assert isinstance(approval, Approval)
        assert ApprovalLimit.objects.get().amount == 100
        perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=approval.id)
        assert ApprovalLimit.objects.get().amount == (amount and Decimal(amount))
        limit(venue, "100")


@pytest.mark.parametrize("amount", ["-1", "0.0000001", "1e15"])
def test_what_cannot_be_a_limit_is_refused(venue, amount) -> None:
    with refused(AccountRefusal.APPROVAL_LIMIT_REFUSED):
        limit(venue, amount)
    assert not ApprovalLimit.objects.exists()


def test_what_no_amount_measures_takes_two_wherever_there_is_a_limit(venue) -> None:
    limits = {venue.id: Decimal(5)}
    assert not needs_another(Stake(), {})
    assert needs_another(Stake(), limits)
    assert not needs_another(Stake(venue.id, Decimal(-5)), limits)
    assert needs_another(Stake(venue.id, Decimal("-5.1")), limits)
