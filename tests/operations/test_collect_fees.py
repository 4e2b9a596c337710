"""What the venue earned moves into its fund, once."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.desks.journal import Journal
from accounts.models import AccountKind, Purpose
from accounts.operations.collateral.collect_fees import collect_fees
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests import market
from tests.builders import a_venue, perform, venue_account
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    """A venue that earned 70 in fees."""
    venue = a_venue()
    clearing, fees = (venue_account(venue, kind).id for kind in (AccountKind.CLEARING, AccountKind.FEES))
    journal = Journal.opened([clearing, fees])
    journal.move(clearing, fees, Decimal(70), Purpose.FEE, uuid4())
    journal.write()
    return venue


def collect(venue, amount: str, account: AccountKind = AccountKind.FEES, reference: str = "may", **more):
    said = {"venue_id": venue.id, "account": account, "asset": "USD", "amount": Decimal(amount), **more}
    return perform(collect_fees, **said, reference=reference, reason="month's end")


def test_fees_move_into_the_fund_once_by_reference(venue) -> None:
    assert collect(venue, "70") == collect(venue, "70")
    assert venue_account(venue, AccountKind.FUND).posted == 70
    assert venue_account(venue, AccountKind.FEES).posted == 0
    told = Event.objects.get(kind="fees_collected")
    assert (told.payload["account"], told.payload["reason"]) == ("FEES", "month's end")
    assert market.total_of(venue) == 0


def test_fees_move_into_the_first_tranche_and_not_once_more_into_the_fund(venue) -> None:
    into_tranche = {"into": AccountKind.FIRST_TRANCHE}
    assert collect(venue, "30", **into_tranche) == collect(venue, "30", **into_tranche)
    with refused(AccountRefusal.REFERENCE_REUSED):
        collect(venue, "30")
    kinds = (AccountKind.FIRST_TRANCHE, AccountKind.FUND, AccountKind.FEES)
    assert [venue_account(venue, kind).posted for kind in kinds] == [30, 0, 40]
    assert Event.objects.get(kind="fees_collected").payload["into"] == "FIRST_TRANCHE"
    assert market.total_of(venue) == 0


def test_no_more_than_was_earned_is_collected(venue) -> None:
    with refused(AccountRefusal.FEES_INSUFFICIENT):
        collect(venue, "70.01")
    with refused(AccountRefusal.FEES_INSUFFICIENT):
        collect(venue, "1", AccountKind.PENALTIES)
    for amount in ("0", "-1"):
        with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
            collect(venue, amount)


def test_a_reference_of_penalties_is_another_than_that_of_fees(venue) -> None:
    collect(venue, "10")
    with refused(AccountRefusal.FEES_INSUFFICIENT):
        collect(venue, "10", AccountKind.PENALTIES)
    with refused(AccountRefusal.REFERENCE_REUSED):
        collect(venue, "11")


def test_only_what_is_earned_is_collected(venue) -> None:
    with pytest.raises(ValueError, match="CLEARING"):
        collect(venue, "1", AccountKind.CLEARING)
    with pytest.raises(ValueError, match="LOSSES"):
        collect(venue, "1", into=AccountKind.LOSSES)
