"""What waits for a second person is carried out once, or taken back, whoever comes at the same time."""

from decimal import Decimal

import pytest

from accounts.desks.approvals import BY_TWO
from accounts.models import AccountKind, ApiKey, Approval, Member, Provider, Transfer, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.keys.collect_key import collect_key
from accounts.operations.keys.grant_key import grant_key
from accounts.operations.keys.revoke_key import revoke_key
from accounts.rules.keys import hash_of
from backstop.errors import DomainError
from tests.builders import a_provider, a_venue, perform, venue_account
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


@pytest.fixture
def granting() -> Approval:
    """Olivia asks for a key for a provider, to which Mia and Max belong."""
    for name in ("olivia", "oscar", "otto", "mia", "max"):
        User.objects.create_user(name)
    provider = a_provider(a_venue(), collateral="0")
    for user in User.objects.filter(username__startswith="m"):
        Member.objects.create(user=user, provider=provider)
    limit = {"venue_id": provider.venue_id, "asset": "USD", "amount": Decimal(0), "reason": "four eyes"}
    perform(set_approval_limit, **limit)
    said = {"venue_id": provider.venue_id, "provider_id": provider.id, "scopes": ("bids",), "reason": "a desk"}
    return perform(grant_key, actor="user:olivia", **said)


def test_two_who_confirm_at_once_grant_one_key(granting) -> None:
    outcomes = together(*(lambda name=name: confirm(granting, name) for name in ("oscar", "otto")))
    assert [type(one) for one in outcomes].count(DomainError) == 1
    assert ApiKey.objects.get().is_to_be_collected


def test_beside_others_who_collect_or_revoke_it_one_at_most_gets_a_key_that_opens(granting) -> None:
    confirm(granting, "oscar")
    key = ApiKey.objects.get()
    collecting = [
        lambda name=name: perform(collect_key, actor=f"user:{name}", key_id=key.id) for name in ("mia", "max")
    ]
    outcomes = together(*collecting, lambda: perform(revoke_key, key=key))
    got = [one for one in outcomes[:2] if isinstance(one, tuple)]
    assert len(got) <= 1
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert key.collected_at is None or key.collected_at <= key.revoked_at
    assert [key.secret_hash] == [hash_of(secret) for _, secret in got] or not got


def test_a_key_that_is_granted_beside_the_providers_end_opens_nothing(granting) -> None:
    provider = Provider.objects.get()
    ending = {"provider": provider, "reason": "over"}
    together(lambda: perform(BY_TWO["end_provider"], **ending), lambda: confirm(granting, "oscar"))
    provider.refresh_from_db()
    assert provider.state == "ENDED"
    assert not ApiKey.objects.filter(revoked_at=None).exists()


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
