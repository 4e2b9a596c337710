"""A deposit beside a loss, two withdrawals at once, and a payment beside a bid: each as if one came first."""

from decimal import Decimal

import pytest

from accounts.events import VaultWithdrawalReturned
from accounts.models import Vault, VaultDeposit, VaultShare, VaultWithdrawal
from accounts.rules.sharing.vaults import RETURNED_AFTER
from auctions.tasks import run_stage
from backstop.errors import DomainError
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.operations.test_loss_sharing import clean
from tests.operations.test_report_exposure import report
from tests.operations.test_settle_vaults import bind, clean_once_free
from tests.operations.test_take_deposit import a_vault, deposit, leave, pool
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE = 10**12


@pytest.fixture
def vault(travel):
    vault = a_vault(market.a_market(), notice_seconds=0)
    deposit(vault, "100")
    report(vault.provider, "100", "0")
    return vault


def test_a_deposit_beside_a_loss_is_priced_before_it_or_after_it(vault) -> None:
    for number in range(6):
        before = Decimal(Vault.objects.get().supply)
        assets = pool(vault) + (100 if number % 2 == 0 else 50)
        other = pool(vault) + (50 if number % 2 == 0 else 100)
        taken, _ = together(
            lambda number=number: deposit(vault, "100", "Ben", f"r{number}"),
            lambda number=number: report(vault.provider, "50" if number % 2 == 0 else "100", "0"),
        )
        assert isinstance(taken, VaultDeposit), taken
        fair = {int(Decimal(100 * 10**6) * (before + 10**6) // (worth * 10**6 + 1)) for worth in (assets, other)}
        assert int(taken.shares) in fair
    clean()


def test_two_withdrawals_at_once_are_of_shares_that_there_are(vault) -> None:
    outcomes = together(*(lambda name=name: leave(vault, 60 * WHOLE, reference=name) for name in ("first", "second")))
    assert sorted(isinstance(each, DomainError) for each in outcomes) == [False, True]
    assert VaultShare.objects.get().leaving == 60 * WHOLE
    assert VaultWithdrawal.objects.count() == 1


def test_two_sweeps_at_once_pay_once(vault, travel) -> None:
    leave(vault, 10 * WHOLE)
    travel(seconds=5)
    together(*(lambda: run_stage("settle_vaults") for _ in range(3)))
    assert VaultWithdrawal.objects.get().amount_paid == Decimal("19.999999")
    assert pool(vault) == Decimal("80.000001")
    invariants.hold()


def test_two_sweeps_at_once_return_once(vault, travel) -> None:
    withdrawal = leave(vault, 60 * WHOLE)
    bind(vault, "50")
    travel.to(withdrawal.due_at + RETURNED_AFTER)
    together(*(lambda: run_stage("settle_vaults") for _ in range(3)))
    assert (VaultShare.objects.get().leaving, pool(vault)) == (0, 50)
    assert Event.objects.filter(kind=VaultWithdrawalReturned.KIND).count() == 1
    clean_once_free(vault)


def test_a_payment_beside_bids_pays_no_more_than_what_is_free(vault, travel) -> None:
    market.a_playbook(vault.venue)
    market.issued_key(vault.provider)
    deposit(vault, "5000")
    auction = market.an_auction(vault.venue)
    leave(vault, 2000 * WHOLE)
    travel(seconds=5)

    def bid() -> list[str | None]:
        return [market.code(vault.provider, auction, f"b{number}", units=10) for number in range(8)]

    together(bid, lambda: run_stage("settle_vaults"))
    account = build.provider_account(vault.provider)
    assert account.posted >= account.held
    clean()
