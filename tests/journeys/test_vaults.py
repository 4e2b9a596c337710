"""A run on a vault while a loss event is open: everybody wants to leave, and in the end everybody is paid."""

from decimal import Decimal

import pytest

from accounts.lifecycle import CommitmentState, LossEventState, WithdrawalState
from accounts.models import LossEvent, SuspendedFor, Vault, VaultWithdrawal
from auctions.models import Award
from backstop.values.amounts import total
from tests import builders as build
from tests import market
from tests.operations.test_loss_sharing import clean
from tests.operations.test_report_exposure import report
from tests.operations.test_settle_vaults import settle, state
from tests.operations.test_take_deposit import a_vault, deposit, leave, pool, shares

pytestmark = pytest.mark.django_db

IN = {"Ann": "6000", "Ben": "3000", "Carol": "3000"}


def paid() -> dict[str, Decimal]:
    return dict(VaultWithdrawal.objects.values_list("depositor", "amount_paid"))


def test_a_run_on_a_vault_while_an_event_is_open(travel) -> None:
    travel.freeze()
    venue = market.a_market(travel)
    market.a_frugal_playbook(venue)
    vault = a_vault(venue)
    for who, amount in IN.items():
        deposit(vault, amount, who)
    build.a_commitment(vault.provider, product_group=build.a_group_of_products(venue), min_edge_bps="20")

    # The vault takes an account of two bitcoins over: 4,000 of margin leave for the venue, 80 of edge come in.
    market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="9000"))
    assert Award.objects.get().provider_id == vault.provider_id
    assert pool(vault) == 12_000 - 4_000 + 80
    event = LossEvent.objects.get()

    # Everybody wants to leave. Their hour of notice is over, but the event had opened before: nobody is paid, and the
    # vault goes on taking.
    for who in IN:
        leave(vault, shares(vault, who), who)
        travel(seconds=1)
    settle(travel, hours=1)
    assert set(paid().values()) == {0}
    assert state(vault) == CommitmentState.ACTIVE

    # The event is final. Who came first is paid first, as far as there is collateral; what is left stands first in the
    # queue, and nothing more is taken from the vault.
    travel.to(event.takes_until)
    market.mark_again()
    market.sweep()
    assert LossEvent.objects.get().state == LossEventState.FINAL
    first = paid()
    assert first["Ann"] == pytest.approx(6_040, abs=Decimal("0.00001"))
    assert first["Ben"] == pytest.approx(2_040, abs=Decimal("0.00001"))
    assert first["Carol"] == 0
    assert pool(vault) < Decimal("0.00001")
    assert (Vault.objects.get().suspended_for, state(vault)) == (SuspendedFor.UNPAID, CommitmentState.SUSPENDED)

    # What it held at the venue is closed with a profit of 100, and comes back.
    market.report_held(vault.provider, "BTC-PERP", "0", included=1)
    build.pay_in(vault.provider, "4100")
    travel(seconds=1)
    report(vault.provider, "0", "0", included=1)
    settle(travel)
    assert set(VaultWithdrawal.objects.values_list("state", flat=True)) == {WithdrawalState.PAID}
    assert total(paid().values()) == pytest.approx(12_180, abs=Decimal("0.00001"))
    assert paid()["Carol"] > 3_020
    assert (Vault.objects.get().supply, Vault.objects.get().suspended_for) == (0, "")
    assert state(vault) == CommitmentState.ACTIVE
    clean()
