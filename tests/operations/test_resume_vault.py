"""A vault that lost as much as it may goes on from what it is worth now, once somebody says why."""

import pytest

from accounts.lifecycle import CommitmentState
from accounts.models import SuspendedFor, Vault
from accounts.operations.vaults.resume_vault import resume_vault
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean
from tests.operations.test_settle_vaults import lost, settle, state
from tests.operations.test_take_deposit import a_vault, deposit
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(travel):
    travel.freeze()
    vault = a_vault(market.a_market(travel))
    deposit(vault, "100")
    build.a_commitment(vault.provider, min_edge_bps="20")
    settle(travel)
    return vault


def resume(vault, reason: str = "a new manager") -> Vault:
    return perform(resume_vault, venue_id=vault.venue_id, vault_id=vault.id, reason=reason)


def test_it_loses_anew_from_what_it_is_worth_now(vault, travel) -> None:
    lost(vault, "20")
    settle(travel)
    resume(vault)
    settle(travel)
    assert (Vault.objects.get().suspended_for, state(vault)) == ("", CommitmentState.ACTIVE)
    lost(vault, "15.999999")
    settle(travel)
    assert Vault.objects.get().suspended_for == ""
    lost(vault, "0.000001")
    settle(travel)
    assert Vault.objects.get().suspended_for == SuspendedFor.LOSS
    clean()


def test_what_is_not_suspended_for_a_loss_is_not_resumed(vault) -> None:
    with refused(AccountRefusal.VAULT_NOT_SUSPENDED):
        resume(vault)


def test_it_takes_a_reason(vault, travel) -> None:
    lost(vault, "20")
    settle(travel)
    with refused(AccountRefusal.REASON_MISSING):
        resume(vault, " ")
    assert Vault.objects.get().suspended_for == SuspendedFor.LOSS
