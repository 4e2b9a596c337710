"""Deposits in a vault: given shares at what it is worth now, or waiting until that is known."""

from decimal import Decimal

import pytest

from accounts.lifecycle import DepositState
from accounts.models import Vault, VaultDeposit, VaultEntry, VaultShare
from accounts.operations.vaults.open_vault import open_vault
from accounts.operations.vaults.queue_withdrawal import queue_withdrawal
from accounts.operations.vaults.take_deposit import take_deposit
from accounts.rules.refusals import AccountRefusal
from auctions.operations.operator.end_provider import end_provider
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean
from tests.operations.test_report_exposure import report
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(travel):
    travel.freeze()
    return a_vault(market.a_market(travel))


def a_vault(venue, name: str = "Vault", **terms) -> Vault:
    """Of dollars with six decimals: 1 is a million of its smallest amounts."""
    edges = {"calm_edge_bps": Decimal(20), "stressed_edge_bps": Decimal(60), "halted_edge_bps": Decimal(90)}
    said = {"asset": "USD", "max_loss_bps": 2000, "notice_seconds": 3600, "reason": "a test", **edges, **terms}
    provider = build.a_provider(venue, name, collateral="0")
    return perform(open_vault, venue_id=venue.id, provider_id=provider.id, **said)


def deposit(vault, amount: str, who: str = "Ann", reference: str | None = None) -> VaultDeposit:
    reference = reference or f"{who} {amount}"
    said = {"depositor": who, "amount": Decimal(amount), "reference": reference}
    return perform(take_deposit, venue_id=vault.venue_id, vault_id=vault.id, **said)


def leave(vault, shares: int, who: str = "Ann", reference: str | None = None):
    said = {"depositor": who, "shares": shares, "reference": reference or f"{who} {shares}"}
    return perform(queue_withdrawal, venue_id=vault.venue_id, vault_id=vault.id, **said)


def shares(vault, who: str = "Ann") -> int:
    row = VaultShare.objects.filter(vault=vault, depositor=who).first()
    return int(row.shares) if row else 0


def pool(vault) -> Decimal:
    return build.provider_account(vault.provider).posted


def test_a_gift_does_not_make_the_next_depositor_pay(vault, travel) -> None:
    """The worked case: a first deposit of 1, a gift of 1,000,000, a second deposit of 1,000, in smallest amounts."""
    deposit(vault, "0.000001")
    build.pay_in(vault.provider, "1")
    taken = deposit(vault, "0.001", "Ben")
    assert (taken.state, taken.shares) == (DepositState.TAKEN, 1999)
    withdrawal = leave(vault, 1999, "Ben")
    travel(hours=1)
    market.sweep()
    withdrawal.refresh_from_db()
    assert withdrawal.amount_paid == Decimal("0.000999")
    clean()


def test_what_is_deposited_stands_behind_its_commitments(vault) -> None:
    deposit(vault, "100")
    assert pool(vault) == 100
    assert shares(vault) == 100 * 10**12


def test_a_deposit_that_buys_no_share_is_refused_and_leaves_nothing(vault) -> None:
    deposit(vault, "0.000001")
    build.pay_in(vault.provider, "10")
    with refused(AccountRefusal.DEPOSIT_WORTHLESS):
        deposit(vault, "0.000005", "Ben")
    deposit(vault, "0.000006", "Ben")
    assert shares(vault, "Ben") == 1
    assert VaultEntry.objects.count() == 2


def test_a_reference_deposits_once_and_other_content_under_it_is_refused(vault) -> None:
    first = deposit(vault, "5", reference="r")
    assert deposit(vault, "5", reference="r").id == first.id
    assert pool(vault) == 5
    with refused(AccountRefusal.REFERENCE_REUSED):
        deposit(vault, "6", reference="r")
    with refused(AccountRefusal.REFERENCE_REUSED):
        deposit(vault, "5", "Ben", reference="r")


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000001"])
def test_what_is_no_amount_of_the_asset_is_refused(vault, amount) -> None:
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        deposit(vault, amount)


def test_equity_at_the_venue_is_part_of_what_it_is_worth(vault) -> None:
    deposit(vault, "100")
    report(vault.provider, "100", "0")
    deposit(vault, "100", "Ben")
    assert shares(vault, "Ben") * 2 == pytest.approx(shares(vault))


def test_a_deposit_waits_while_the_venue_does_not_say_what_the_vault_has_there(vault, travel) -> None:
    deposit(vault, "100")
    report(vault.provider, "100", "0")
    travel(days=1)
    waiting = deposit(vault, "100", "Ben")
    assert (waiting.state, shares(vault, "Ben"), pool(vault)) == (DepositState.WAITING, 0, 100)
    market.sweep()
    waiting.refresh_from_db()
    assert waiting.state == DepositState.WAITING
    report(vault.provider, "50", "0")
    travel(seconds=5)
    market.sweep()
    waiting.refresh_from_db()
    assert waiting.state == DepositState.TAKEN
    assert pool(vault) == 200
    assert waiting.shares == shares(vault, "Ben")
    assert shares(vault, "Ben") * 3 == pytest.approx(shares(vault) * 2)
    clean()


def test_a_deposit_waits_while_an_award_is_not_settled_whose_edge_is_for_those_who_bear_it(vault, travel) -> None:
    venue = vault.venue
    market.a_frugal_playbook(venue)
    deposit(vault, "12000")
    build.a_commitment(vault.provider, product_group=build.a_group_of_products(venue), min_edge_bps="20")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="9000")
    market.sweep("route_books", "assign_lots")
    waiting = deposit(vault, "12000", "Ben")
    assert waiting.state == DepositState.WAITING
    market.sweep("settle_awards")
    report(vault.provider, "4000", "0", included=1)
    travel(seconds=5)
    market.sweep("settle_vaults")
    assert pool(vault) == 12_000 - 4_000 + 80 + 12_000
    assert shares(vault, "Ben") < shares(vault)
    clean()


@pytest.mark.parametrize(("seconds", "state"), [(86_399, DepositState.WAITING), (86_400, DepositState.LAPSED)])
def test_a_deposit_waits_for_a_day_at_most(vault, travel, seconds, state) -> None:
    deposit(vault, "100")
    report(vault.provider, "100", "0")
    travel(days=1)
    waiting = deposit(vault, "100", "Ben")
    travel(seconds=seconds)
    market.sweep()
    waiting.refresh_from_db()
    assert waiting.state == state
    assert pool(vault) == 100


def test_nothing_comes_in_for_a_vault_that_has_ended(vault) -> None:
    perform(end_provider, provider=vault.provider, reason="a test")
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        deposit(vault, "1")
