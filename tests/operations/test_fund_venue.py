"""The insurance fund is filled and emptied."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Transfer
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_venue, venue_account
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


def test_the_fund_is_filled_and_emptied_by_reference(venue) -> None:
    def fund(amount: str, reference: str) -> Transfer:
        return fund_venue(venue_id=venue.id, asset="USD", amount=Decimal(amount), reference=reference)

    for _ in range(2):
        fund("1000", "first")
    fund("-400", "second")
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        fund("-600.000001", "third")
    assert venue_account(venue, AccountKind.FUND).posted == 600


def test_the_first_tranche_is_an_account_of_its_own(venue) -> None:
    def pay(amount: str, reference: str, account: AccountKind) -> Transfer:
        return fund_venue(venue_id=venue.id, asset="USD", amount=Decimal(amount), reference=reference, account=account)

    for _ in range(2):
        pay("1000", "first", AccountKind.FIRST_TRANCHE)
    pay("30", "first", AccountKind.FUND)
    pay("-999", "second", AccountKind.FIRST_TRANCHE)
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        pay("-1.000001", "third", AccountKind.FIRST_TRANCHE)
    assert venue_account(venue, AccountKind.FIRST_TRANCHE).posted == 1
    assert venue_account(venue, AccountKind.FUND).posted == 30
