"""What an arbiter refuses is not owed: the next layers pay it."""

from decimal import Decimal

import pytest

from accounts.models import Claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.rules.refusals import AccountRefusal
from tests.claims import a_market, insured, say
from tests.operations.test_loss_sharing import clean, close, finish, owing
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return a_market(travel)


def test_what_an_arbiter_refuses_is_not_owed(venue, travel) -> None:
    insured(venue)
    book = owing(venue, "1400", "1")
    close(book)
    claim = say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(288), reason="it is excluded")
    assert (claim.state, claim.paid) == ("DISPUTED", 0)
    claim = say(decide_claim, claim, refused=Decimal(188), reason="in part")
    assert (claim.state, claim.paid, claim.refused) == ("PAID", 100, 188)
    finish(book.loss_event, travel)
    claim.refresh_from_db()
    assert claim.state == "CLOSED"
    clean()


def test_only_what_is_disputed_is_decided_once_and_no_more_of_it(venue, travel) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    with refused(AccountRefusal.CLAIM_NOT_IN_STATE):
        say(decide_claim, Claim.objects.get(), refused=Decimal(1), reason="nobody disputes it")
    claim = say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(200), reason="it is excluded")
    for amount in ("201", "0.0000001"):
        with refused(AccountRefusal.DISPUTE_EXCESSIVE):
            say(decide_claim, claim, refused=Decimal(amount), reason="too much, or what cannot be paid")
    travel.to(claim.decide_by)
    with refused(AccountRefusal.CLAIM_NOT_IN_STATE):
        say(decide_claim, claim, refused=Decimal(1), reason="too late")
