"""Who asked takes it back, and nobody else."""

from decimal import Decimal

import pytest

from accounts.models import Approval, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.rules.approvals import LAPSES_AFTER
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests.builders import a_venue, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def approval() -> Approval:
    venue = a_venue()
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="four eyes")
    for name in ("olivia", "oscar"):
        User.objects.create_user(name)
    said = {"venue_id": venue.id, "asset": "USD", "amount": Decimal(5), "reference": "r", "reason": "start"}
    return perform(fund_venue, actor="user:olivia", **said)


def take_back(approval: Approval, actor: str = "user:olivia", reason: str = "a slip") -> Approval:
    said = {"venue_id": approval.venue_id, "approval_id": approval.id, "reason": reason}
    return perform(withdraw_approval, actor=actor, **said)


def test_who_asked_takes_it_back_once(approval) -> None:
    assert take_back(approval) == take_back(approval)
    told = Event.objects.get(kind="approval_withdrawn", subject_id=approval.id)
    assert (told.payload["why"], told.payload["asked_by"]) == ("a slip", "user:olivia")


def test_nobody_else_takes_it_back(approval) -> None:
    with refused(AccountRefusal.APPROVAL_NOT_ASKED_BY_YOU):
        take_back(approval, "user:oscar")


def test_it_needs_a_reason(approval) -> None:
    with refused(AccountRefusal.REASON_MISSING):
        take_back(approval, reason=" ")


def test_what_is_confirmed_or_lapsed_is_not_taken_back(approval, travel) -> None:
    travel.to(approval.created_at + LAPSES_AFTER)
    with refused(AccountRefusal.APPROVAL_LAPSED):
        take_back(approval)
    travel.to(approval.created_at)
    perform(confirm_approval, actor="user:oscar", venue_id=approval.venue_id, approval_id=approval.id)
    with refused(AccountRefusal.APPROVAL_DECIDED):
        take_back(approval)
