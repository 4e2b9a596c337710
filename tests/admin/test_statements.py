"""A provider's month: what moved its money, to the instant, and that it comes to what the ledger says."""

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Account, AccountKind, Provider, Purpose, Transfer
from accounts.queries.statements import AccountStatement, get_statement
from accounts.rules.roles import ProviderRole, Role
from auctions.queries.statements import EARNINGS
from backstop import clock
from backstop.admin.cells import BLANK
from backstop.models import Asset
from backstop.values.amounts import difference, total
from backstop.values.periods import Month
from tests import builders as build
from tests.admin.test_provider_roles import member_of
from tests.people import client_of, shown_in

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)


def moved(provider: Provider, amount: str, at: datetime, purpose: Purpose = Purpose.DEPOSIT) -> None:
    """So much into the collateral (below zero: out), at this instant; a row alone, with running totals that know it."""
    clearing, collateral = build.venue_account(provider.venue, AccountKind.CLEARING), build.provider_account(provider)
    debit, credit = (clearing, collateral) if Decimal(amount) > 0 else (collateral, clearing)
    size = abs(Decimal(amount))
    Transfer.objects.create(debit=debit, credit=credit, amount=size, purpose=purpose, subject_id=uuid4(), created_at=at)
    for account, change in ((debit, -size), (credit, size)):
        account.posted += change
        account.save()


@pytest.fixture
def last_month(venue) -> Month:
    return Month.around(clock.now()).previous


@pytest.fixture
def charlie(venue, last_month) -> Provider:
    """Charlie, whose money moved at the edges of the last month, and who brings a million in this one."""
    charlie = build.a_provider(venue, "Charlie")
    starts_at, ends_at = last_month.starts_at, last_month.ends_at
    moved(charlie, "1000", starts_at - INSTANT)
    moved(charlie, "100", starts_at)
    moved(charlie, "10", ends_at - INSTANT, Purpose.EDGE)
    moved(charlie, "1", ends_at)
    return charlie


def moved_until(account: Account, month: Month) -> Decimal:
    """All that ever moved into the account until the end of this month, less what moved out of it."""
    until = Transfer.objects.filter(created_at__lt=month.ends_at)
    sides = [total(until.filter(**{side: account}).values_list("amount", flat=True)) for side in ("credit", "debit")]
    return difference(*sides)


def collateral_of(provider: Provider, month: Month) -> AccountStatement:
    (said,) = [each for each in get_statement(provider.id, month) if each.account.kind == AccountKind.COLLATERAL]
    return said


def test_the_first_instant_is_of_a_month_and_the_first_of_the_next_is_not(charlie, last_month):
    months = [last_month.previous.previous, last_month.previous, last_month, last_month.following]
    said = [collateral_of(charlie, month) for month in months]
    assert [(int(each.opening), int(each.closing)) for each in said] == [
        (0, 0),
        (0, 1000),
        (1000, 1110),
        (1110, 1_001_111),
    ]


def test_it_says_what_moved_money_by_purpose(charlie, last_month):
    said = collateral_of(charlie, last_month)
    assert [(each.purpose, each.came, each.went) for each in said.movements] == [
        (Purpose.DEPOSIT, Decimal(100), 0),
        (Purpose.EDGE, Decimal(10), 0),
    ]


def test_a_month_opens_as_the_last_one_closed_and_all_agree_with_the_ledger(decided):
    months = [Month.around(decided.opens_at)]
    for _ in range(2):
        months = [months[0].previous, *months, months[-1].following]
    for provider in Provider.objects.all():
        said = [{each.account.id: each for each in get_statement(provider.id, month)} for month in months]
        for before, after in pairwise(said):
            assert {key: each.closing for key, each in before.items()} == {
                key: each.opening for key, each in after.items()
            }
        accounts = Account.objects.filter(provider=provider)
        assert {key: each.closing for key, each in said[-1].items()} == {a.id: a.posted for a in accounts}
        for month, by_account in zip(months, said, strict=True):
            assert {key: each.closing for key, each in by_account.items()} == {
                a.id: moved_until(a, month) for a in accounts
            }
    edges = Transfer.objects.filter(purpose=Purpose.EDGE, credit__provider__name="Alice").values_list(
        "amount", flat=True
    )
    alice = get_statement(Provider.objects.get(name="Alice").id, Month.around(decided.opens_at))
    assert total(each.net(Purpose.EDGE) for each in alice) == total(edges) > 0


def test_the_page_is_linked_and_its_file_has_each_movement(client, charlie, last_month):
    page = reverse("admin:accounts_provider_statement", args=[charlie.pk])
    assert page in client.get(reverse("admin:accounts_provider_change", args=[charlie.pk])).content.decode()
    shown = client.get(f"{page}?month={last_month}")
    rows = shown_in(shown, "A provider's free collateral, USD")
    assert rows[0] == ("Opening balance", BLANK, BLANK, "1,000")
    assert rows[-1] == ("Closing balance", "110", "0", "1,110")
    assert shown_in(shown, "In short")[0][:4] == (Asset.objects.get(code="USD"), "0", "0", "10")
    assert "Taken back from the account" in shown.content.decode()
    lines = [json.loads(line) for line in client.get(f"{page}?month={last_month}&format=jsonl").getvalue().splitlines()]
    assert [(line["amount"], line["purpose"]) for line in lines] == [("100", "DEPOSIT"), ("10", "EDGE")]
    table = client.get(f"{page}?month={last_month}&format=csv").getvalue().decode()
    assert len(list(csv.reader(table.splitlines()))) == 3
    under_way = last_month.following
    assert "under way" in client.get(page).content.decode()
    assert client.get(f"{page}?month={under_way}").status_code == 200
    for asked in (f"month={under_way.following}", "month=2026-13", "month=november", "format=pdf"):
        assert client.get(f"{page}?{asked}").status_code == 404, asked


def test_a_file_of_any_length_has_each_movement_once_the_oldest_first(client, charlie, last_month, monkeypatch):
    monkeypatch.setattr("backstop.admin.exports.AT_ONCE", 3)
    for _ in range(4):
        moved(charlie, "5", last_month.starts_at + INSTANT)
    page = reverse("admin:accounts_provider_statement", args=[charlie.pk])
    lines = [json.loads(line) for line in client.get(f"{page}?month={last_month}&format=jsonl").getvalue().splitlines()]
    assert [line["amount"] for line in lines] == ["100", "5", "5", "5", "5", "10"]
    assert len({line["id"] for line in lines}) == 6


# What is neither earned nor lost by providing: money that they bring and take, and what never moves theirs.
NO_EARNING = {
    *(Purpose.DEPOSIT, Purpose.WITHDRAWAL, Purpose.CONTRIBUTED, Purpose.PREPAID),
    *(Purpose.MARGIN, Purpose.MARGIN_DELIVERED, Purpose.TRANSFER_VALUE, Purpose.ROUNDING),
    *(Purpose.FUNDING, Purpose.COLLECTED, Purpose.INTAKE, Purpose.INTAKE_REVERSED, Purpose.MARK_CHANGE),
    *(Purpose.KEPT_ADVANCED, Purpose.SHORTFALL, Purpose.ADVANCE, Purpose.ADVANCE_REPAID, Purpose.ADVANCE_OWED),
    *(Purpose.FUND_EDGE, Purpose.INVENTORY_RESULT, Purpose.DEBT_REPAID, Purpose.DEBT_LOST, Purpose.LOSS_ALLOCATED),
    *(Purpose.FEE, Purpose.RESIDUAL, Purpose.SHADOW_OPENED, Purpose.SHADOW_CLOSED),
}


def test_each_purpose_is_read_for_something_or_earns_nothing():
    read = [purpose for purposes in EARNINGS.values() for purpose in purposes]
    assert sorted([*read, *NO_EARNING]) == sorted(Purpose)


def test_it_is_for_the_provider_and_its_venue_alone(charlie, people):
    page = reverse("admin:accounts_provider_statement", args=[charlie.pk])
    assert client_of(Role.AUDITOR, charlie.venue).get(page).status_code == 200
    assert member_of(charlie, ProviderRole.READER).get(page).status_code == 200
    assert client_of(Role.AUDITOR, build.a_venue("south")).get(page).status_code == 404
    assert member_of(people["Alice"], ProviderRole.ADMIN, "eve").get(page).status_code == 404
