"""Claims go on by time alone: unanswered, undecided, unpaid, and once their event is final."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Claim
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.sharing.contracts import Performance
from tests import market
from tests.builders import perform
from tests.claims import a_market, insured, say
from tests.operations.test_loss_sharing import clean, close, finish, left, owing, paid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]


@pytest.fixture
def venue(travel):
    return a_market(travel)


def test_silence_is_the_default_answer(venue, travel) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    assert (claim.state, paid()["OWED"]) == ("HELD", 1400)
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.paid) == ("PAID", 288)
    clean()


def test_a_default_answer_may_be_to_dispute_and_an_undecided_dispute_is_owed(venue, travel) -> None:
    insured(venue, default_answer=Performance.DISPUTE)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.disputed_amount, claim.paid) == ("DISPUTED", 288, 0)
    travel.to(claim.decide_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.paid) == ("PAID", 288)
    clean()


def test_once_its_event_is_final_all_of_it_is_due(venue, travel) -> None:
    insured(venue, answer_seconds=30 * 86400)
    book = owing(venue, "1400", "1")
    close(book)
    finish(book.loss_event, travel)
    claim = Claim.objects.get()
    assert (claim.state, claim.paid) == ("CLOSED", 288)
    assert left(venue, AccountKind.LOSSES) == -1080
    clean()


def test_who_lacks_the_money_is_overdue(venue, travel) -> None:
    cover = insured(venue, (10000,), funding_rate=Decimal("0.1"))
    insurer = cover.shares.get().provider
    out = {"provider_id": insurer.id, "asset": "USD", "amount": Decimal(-9640), "reference": "out"}
    perform(move_collateral, venue_id=venue.id, **out)
    close(owing(venue, "6000", "1"))
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.state, claim.paid) == ("DUE", 360)
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.due) == ("OVERDUE", 3240)
    clean()
