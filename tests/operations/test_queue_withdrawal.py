"""Shares leave a vault: once, by whoever has them, after its notice."""

from datetime import timedelta

import pytest

from accounts.lifecycle import WithdrawalState
from accounts.models import VaultShare
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from tests import market
from tests.operations.test_loss_sharing import clean
from tests.operations.test_take_deposit import a_vault, deposit, leave, shares
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(travel):
    travel.freeze()
    vault = a_vault(market.a_market(travel))
    deposit(vault, "100")
    return vault


def test_what_leaves_stays_a_share_until_it_is_paid(vault) -> None:
    withdrawal = leave(vault, 10)
    assert (withdrawal.state, withdrawal.due_at) == (WithdrawalState.QUEUED, clock.now() + timedelta(hours=1))
    assert shares(vault) == 100 * 10**12
    assert VaultShare.objects.get().leaving == 10
    clean()


def test_all_of_them_may_leave_and_none_twice(vault) -> None:
    leave(vault, shares(vault))
    with refused(AccountRefusal.SHARES_INSUFFICIENT):
        leave(vault, 1)


def test_more_than_one_has_and_another_ones_are_refused(vault) -> None:
    with refused(AccountRefusal.SHARES_INSUFFICIENT):
        leave(vault, shares(vault) + 1)
    with refused(AccountRefusal.SHARES_INSUFFICIENT):
        leave(vault, 1, "Ben")
    assert not VaultShare.objects.filter(depositor="Ben").exists()


def test_a_reference_is_one_withdrawal_and_other_content_under_it_is_refused(vault) -> None:
    first = leave(vault, 10, reference="r")
    assert leave(vault, 10, reference="r").id == first.id
    assert VaultShare.objects.get().leaving == 10
    with refused(AccountRefusal.REFERENCE_REUSED):
        leave(vault, 11, reference="r")


def test_no_shares_are_no_withdrawal(vault) -> None:
    with pytest.raises(ValueError, match="one share at least"):
        leave(vault, 0)
