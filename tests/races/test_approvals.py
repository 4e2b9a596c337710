"""What waits for a second person is carried out once, or taken back, whoever comes at the same time."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Approval, Transfer, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from accounts.operations.collateral.fund_venue import fund_venue
from backstop.errors import DomainError
from tests.builders import a_venue, perform, venue_account
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def approval() -> Approval:
    venue = a_venue(fund="1000")
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="four eyes")
    for name in ("olivia", "oscar", "otto"):
        User.objects.create_user(name)
    said = {"venue_id": venue.id, "asset": "USD", "amount": Decimal(-10), "reference": "r", "reason": "out"}
    return perform(fund_venue, actor="user:olivia", **said)


def confirm(approval: Approval, name: str) -> Approval:
    return perform(confirm_approval, actor=f"user:{name}", venue_id=approval.venue_id, approval_id=approval.id)


def paid_out(approval: Approval) -> Decimal:
    return 1000 - venue_account(approval.venue, AccountKind.FUND).posted


def test_two_who_confirm_at_once_move_money_once(approval) -> None:
    outcomes = together(*(lambda name=name: confirm(approval, name) for name in ("oscar", "otto", "oscar", "otto")))
    refused = [one.refusal.code for one in outcomes if isinstance(one, DomainError)]
    assert refused == ["approval_decided"] * 2
    assert paid_out(approval) == 10


def test_small_moves_at_once_add_up_too(approval) -> None:
    venue = approval.venue
    perform(set_approval_limit, actor="user:otto", venue_id=venue.id, asset="USD", amount=Decimal(100), reason="looser")
    raised = Approval.objects.get(operation="set_approval_limit")
    perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=raised.id)

    def pay(place: int) -> Approval | Transfer:
        said = {"venue_id": venue.id, "asset": "USD", "amount": Decimal(-40), "reference": f"p{place}", "reason": "out"}
        return perform(fund_venue, actor="user:olivia", **said)

    outcomes = together(*(lambda place=place: pay(place) for place in range(5)))
    assert sorted(type(one).__name__ for one in outcomes) == ["Approval"] * 3 + ["Transfer"] * 2
    assert paid_out(approval) == 80


def test_beside_its_withdrawal_it_happens_or_does_not(approval) -> None:
    def take_back() -> Approval:
        said = {"venue_id": approval.venue_id, "approval_id": approval.id, "reason": "a slip"}
        return perform(withdraw_approval, actor="user:olivia", **said)

    outcomes = together(take_back, lambda: confirm(approval, "oscar"))
    assert [type(one) for one in outcomes].count(DomainError) == 1
    approval.refresh_from_db()
    assert (approval.state, paid_out(approval)) in [("CONFIRMED", 10), ("WITHDRAWN", 0)]
