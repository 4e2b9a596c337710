"""The ledger: what the journal does, and what the database refuses to whoever goes underneath it."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from accounts.desks.journal import Journal, venue_accounts
from accounts.models import Account, AccountKind, Purpose, Transfer
from accounts.rules.refusals import AccountRefusal
from tests.builders import (
    a_commitment,
    a_mark,
    a_provider,
    a_venue,
    an_instrument,
    provider_account,
    the_asset,
    venue_account,
)
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def collateral(venue):
    return provider_account(a_provider(venue, collateral="100"))


@pytest.fixture
def fund(venue):
    return venue_account(venue, AccountKind.FUND)


def d(text: str) -> Decimal:
    return Decimal(text)


def fresh(account) -> tuple[Decimal, Decimal]:
    account = Account.objects.get(id=account.id)
    return account.posted, account.held


def test_moves_and_holds_are_written_as_one_net_update(collateral, fund, django_assert_num_queries) -> None:
    with django_assert_num_queries(4):
        journal = Journal.opened([collateral.id, fund.id])
        for amount in ("10", "0.000001", "-3", "0"):
            journal.move(collateral.id, fund.id, d(amount), Purpose.EDGE, uuid4())
        journal.hold(collateral.id, d("50"))
        journal.release(collateral.id, d("20"))
        journal.write()
    assert fresh(fund) == (d("7.000001"), 0)
    assert fresh(collateral) == (d("92.999999"), 30)
    assert Transfer.objects.filter(purpose=Purpose.EDGE).count() == 3
    assert Account.objects.aggregate(total=Sum("posted"))["total"] == 0


def test_the_order_of_moves_in_a_journal_is_free(collateral, fund) -> None:
    journal = Journal.opened([collateral.id, fund.id])
    journal.move(fund.id, collateral.id, d("5"), Purpose.EDGE, uuid4())
    journal.move(collateral.id, fund.id, d("5"), Purpose.EDGE, uuid4())
    journal.write()
    assert fresh(fund) == (0, 0)


def test_what_moves_and_is_held_is_exact_to_the_last_digit(venue, fund) -> None:
    amount = d("12345678901.123456789012345678")  # 29 digits: Python's own context would round it
    clearing = venue_account(venue, AccountKind.CLEARING)
    journal = Journal.opened([clearing.id, fund.id])
    journal.move(fund.id, clearing.id, amount.copy_negate(), Purpose.FUNDING, uuid4())
    journal.move(clearing.id, fund.id, d("1"), Purpose.FUNDING, uuid4())
    journal.hold(fund.id, amount)
    journal.write()
    assert fresh(fund) == (d("12345678902.123456789012345678"), amount)
    assert Account.objects.get(id=fund.id).free == 1


def test_everything_that_is_free_can_be_held_and_not_a_fraction_more(collateral) -> None:
    journal = Journal.opened([collateral.id])
    journal.hold(collateral.id, d("100"))
    assert journal.free(collateral.id) == 0
    journal.write()
    journal = Journal.opened([collateral.id])
    journal.hold(collateral.id, d("0.000001"))
    with refused(AccountRefusal.ACCOUNT_INSUFFICIENT, match=r"short of 0\.000001"):
        journal.write()
    assert fresh(collateral) == (100, 100)


def test_what_is_held_cannot_be_moved(collateral, fund) -> None:
    journal = Journal.opened([collateral.id, fund.id])
    journal.hold(collateral.id, d("60"))
    journal.move(collateral.id, fund.id, d("40.000001"), Purpose.EDGE, uuid4())
    with refused(AccountRefusal.ACCOUNT_INSUFFICIENT):
        journal.write()
    assert not Transfer.objects.filter(purpose=Purpose.EDGE).exists()


def test_the_clearing_account_is_bottomless(venue, fund) -> None:
    clearing = venue_account(venue, AccountKind.CLEARING)
    journal = Journal.opened([clearing.id, fund.id])
    journal.move(clearing.id, fund.id, d("1000000"), Purpose.FUNDING, uuid4())
    journal.write()
    assert fresh(clearing) == (-1_000_000, 0)


def test_a_venues_accounts_are_opened_once(venue) -> None:
    asset = the_asset(venue)
    assert venue_accounts(venue.id, asset) == venue_accounts(venue.id, asset)
    assert len(venue_accounts(venue.id, asset)) == Account.objects.filter(venue=venue).count() == 7


ATTACKS = {
    "a transfer's amount": ("UPDATE accounts_transfer SET amount = 1", "Cannot update or delete"),
    "a transfer's side": ("UPDATE accounts_transfer SET debit_id = credit_id", "Cannot update or delete"),
    "a transfer": ("DELETE FROM accounts_transfer", "Cannot update or delete"),
    "a hold below zero": ("UPDATE accounts_account SET held = -1", "account_held_not_negative"),
    "more promised than there is": (
        "UPDATE accounts_account SET held = posted + 1 WHERE kind = 'COLLATERAL'",
        "account_above_floor",
    ),
    "more spent than there is": (
        "UPDATE accounts_account SET posted = -1 WHERE kind = 'COLLATERAL'",
        "account_above_floor",
    ),
    "more than an account holds": (
        "UPDATE accounts_account SET posted = 1e17 + 1 WHERE kind = 'COLLATERAL'",
        "account_within_ceiling",
    ),
    "more than a venue owes": (
        "UPDATE accounts_account SET posted = -1e19 - 1 WHERE kind = 'CLEARING'",
        "account_within_ceiling",
    ),
    "a debt that is owed to the debtor": (
        "UPDATE accounts_account SET kind = 'DEBT', provider_id = NULL, posted = 1",
        "account_debt_not_positive",
    ),
    "collateral of nobody": (
        "UPDATE accounts_account SET provider_id = NULL WHERE kind = 'COLLATERAL'",
        "account_provider_where_its",
    ),
    "a second fund": ("UPDATE accounts_account SET kind = 'FUND' WHERE kind = 'FEES'", "account_one_per_venue"),
    "a second collateral account": (
        "INSERT INTO accounts_account (id, venue_id, asset_id, kind, provider_id, posted, held) "
        "SELECT gen_random_uuid(), venue_id, asset_id, kind, provider_id, 0, 0 FROM accounts_account "
        "WHERE kind = 'COLLATERAL'",
        "account_one_per_provider",
    ),
    "a mark of nothing": ("UPDATE backstop_mark SET price = 0", "mark_price_positive"),
    "a negative cap": ("UPDATE accounts_commitmentterms SET cap_held = -1", "commitment_terms_caps_not_negative"),
    "half a window": ("UPDATE accounts_commitmentterms SET window_seconds = NULL", "commitment_terms_window_whole"),
    "a window of no length": (
        "UPDATE accounts_commitmentterms SET window_seconds = 0",
        "commitment_terms_window_whole",
    ),
    "a use below zero": (
        "INSERT INTO accounts_commitmentuse (id, commitment_id, window_starts_at, used) "
        "SELECT gen_random_uuid(), id, now(), -1 FROM accounts_commitment",
        "commitment_use_not_negative",
    ),
    "two scopes at once": (
        "UPDATE accounts_commitment SET instrument_id = (SELECT id FROM backstop_instrument), "
        "product_group_id = (SELECT id FROM backstop_productgroup)",
        "commitment_one_scope",
    ),
    "an asset that cannot be stored": ("UPDATE backstop_asset SET scale = 19", "asset_scale_storable"),
    "a margin above all": ("UPDATE backstop_instrument SET margin_rate = 1.1", "instrument_margin_rate_a_fraction"),
    "a step of nothing": ("UPDATE backstop_instrument SET quantity_step = 0", "instrument_quantity_step_positive"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_itself_refuses(venue, collateral, attack, database_owner) -> None:
    sql, name = ATTACKS[attack]
    a_mark(an_instrument(venue), "1")
    a_commitment(collateral.provider, window_capacity="1", window_seconds=1)
    with pytest.raises(DatabaseError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_transfer_moves_something_between_two_accounts(collateral, fund, amount) -> None:
    for credit, value, name in ((fund, amount, "transfer_amount_positive"), (collateral, "1", "two_accounts")):
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            Transfer.objects.create(
                debit=collateral, credit=credit, amount=d(value), purpose=Purpose.EDGE, subject_id=uuid4()
            )
