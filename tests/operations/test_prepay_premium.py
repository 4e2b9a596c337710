"""A cover's premium is paid in advance through its venue, once for each reference; what is left may be taken back."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import CoverPremium
from accounts.rules.refusals import AccountRefusal
from auctions.operations.venue.prepay_premium import prepay_premium
from tests import covers
from tests.builders import perform
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def prepay(cover, amount, reference="r"):
    said = {"amount": Decimal(amount), "reference": reference, "reason": "a test"}
    return perform(prepay_premium, venue_id=cover.venue_id, cover_id=cover.id, **said)


def left(cover) -> Decimal:
    return CoverPremium.objects.get(cover=cover).account.posted


def test_what_is_left_may_be_taken_back_and_no_more(venue, alice) -> None:
    cover = covers.drafted(venue, {alice: 10_000})
    prepay(cover, "10")
    prepay(cover, "10")
    assert left(cover) == 10
    with refused(AccountRefusal.FUND_INSUFFICIENT) as problem:
        prepay(cover, "-10.000001", "back")
    assert "of the premium 10 is left" in str(problem.value)
    prepay(cover, "-10", "back")
    assert left(cover) == 0
    with refused(AccountRefusal.REFERENCE_REUSED):
        prepay(cover, "11")
    clean()


def test_another_venues_cover_does_not_exist(venue, alice) -> None:
    cover = covers.drafted(venue, {alice: 10_000})
    with refused(AccountRefusal.COVER_UNKNOWN):
        perform(prepay_premium, venue_id=uuid4(), cover_id=cover.id, amount=Decimal(1), reference="r")
