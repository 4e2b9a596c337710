"""What is disputed waits for an arbiter, and the rest is due at once."""

from decimal import Decimal

import pytest

from accounts.models import Claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.rules.refusals import AccountRefusal
from tests import market
from tests.claims import a_market, insured, say
from tests.operations.test_loss_sharing import clean, close, owing
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return a_market(travel)


def test_what_is_disputed_waits_and_the_rest_is_due_at_once(venue, travel) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    claim = say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(200), reason="it was declared late")
    assert (claim.state, claim.paid, claim.copaid) == ("DISPUTED", 88, Decimal("9.777777"))
    travel.to(claim.decide_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.paid, claim.copaid) == ("PAID", 288, 32)
    clean()


@pytest.mark.parametrize("amount", ["0", "-1", "288.01", "0.0000001"])
def test_nobody_disputes_more_than_there_is_nor_what_cannot_be_paid(venue, amount) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    with refused(AccountRefusal.DISPUTE_EXCESSIVE):
        say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(amount), reason="too much")
