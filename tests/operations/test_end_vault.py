"""A vault without shares ends: whatever is left in it leaves, and its provider may end too."""

from decimal import Decimal

import pytest

from accounts.lifecycle import ProviderState
from accounts.models import AccountKind, Vault
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.vaults.end_vault import end_vault
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.end_provider import end_provider
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean
from tests.operations.test_settle_vaults import bind, lost, settle
from tests.operations.test_take_deposit import a_vault, deposit, leave, pool
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(travel):
    travel.freeze()
    return a_vault(market.a_market(travel))


def end(vault, reason: str = "its manager left") -> Vault:
    return perform(end_vault, venue_id=vault.venue_id, vault_id=vault.id, reason=reason)


def test_what_no_share_stands_for_leaves_and_its_provider_may_end(vault, travel) -> None:
    """Half of a gift is what a million shares that nobody owns keep of it."""
    deposit(vault, "0.000001")
    build.pay_in(vault.provider, "1000000")
    leave(vault, 10**6)
    settle(travel, hours=1)
    rest = pool(vault)
    assert Decimal(499_999) < rest < Decimal(500_001)
    with refused(AccountRefusal.VAULT_POOLED):
        build.pay_in(vault.provider, f"-{rest}")
    clearing = build.venue_account(vault.venue, AccountKind.CLEARING).posted
    assert end(vault).ended_at is not None
    assert (pool(vault), build.venue_account(vault.venue, AccountKind.CLEARING).posted) == (0, clearing + rest)
    assert Event.objects.get(kind="vault_ended").payload["reason"] == "its manager left"
    settle(travel)
    assert perform(end_provider, provider=vault.provider, reason="done").state == ProviderState.ENDED
    clean()


def test_an_ended_vault_takes_nothing_and_its_provider_has_money_of_its_own(vault) -> None:
    end(vault)
    for attempt in (lambda: deposit(vault, "1"), lambda: leave(vault, 1), lambda: end(vault)):
        with refused(AccountRefusal.VAULT_ENDED):
            attempt()
    build.pay_in(vault.provider, "10")
    build.pay_in(vault.provider, "-10")
    assert pool(vault) == 0


def test_one_that_has_shares_or_holds_something_goes_on(vault, travel) -> None:
    build.pay_in(vault.provider, "1")
    bind(vault, "1")
    with refused(AccountRefusal.VAULT_IN_USE):
        end(vault)
    bind(vault, "-1")
    deposit(vault, "100")
    with refused(AccountRefusal.VAULT_IN_USE):
        end(vault)
    with refused(AccountRefusal.REASON_MISSING):
        end(vault, " ")


def test_its_provider_does_not_end_while_it_has_shares_wherever_its_pool_is(vault) -> None:
    deposit(vault, "100")
    lost(vault, "100")
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=vault.provider, reason="leaves")


def test_collateral_in_another_asset_is_nobodys_shares(vault) -> None:
    build.an_asset(vault.venue, "EUR")
    said = {"venue_id": vault.venue_id, "provider_id": vault.provider_id, "asset": "EUR"}
    for amount in (10, -10):
        perform(move_collateral, **said, amount=Decimal(amount), reference=str(amount))
    assert not vault.provider.accounts.exclude(posted=0).exists()
