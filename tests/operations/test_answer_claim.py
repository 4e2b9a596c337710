"""What a cover pays once an insurer has answered: by what its event cost, whatever the order of its books."""

from decimal import Decimal
from itertools import permutations

import pytest

from accounts.models import Claim
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.claims import a_market, by_covers, held, insured, say
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, owing
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return a_market(travel)


@pytest.mark.parametrize("order", list(permutations(("600", "800", "4600"))))
def test_a_cover_pays_by_what_the_event_cost_whatever_the_order_of_its_books(venue, order) -> None:
    """Attachment 1,000, limit 5,000, 80 %, co-payment 10 %: UNL of 6,000 pays 3,600 (worked case of covers)."""
    cover = insured(venue)
    assert held() == 3600
    for number, debt in enumerate(order):
        close(owing(venue, debt, str(number)))
        if claim := Claim.objects.filter(state="HELD").first():
            say(answer_claim, claim)
    claim = Claim.objects.get()
    assert (claim.state, claim.counted, claim.paid, claim.copaid) == ("PAID", 5000, 3600, 400)
    assert by_covers() == 3600
    assert sorted(cover.shares.values_list("paid", flat=True)) == [1440, 2160]
    clean()


def test_it_pays_nothing_then_288_then_3600(venue) -> None:
    insured(venue)
    close(owing(venue, "600", "1"))
    assert not Claim.objects.exists()
    close(owing(venue, "800", "2"))
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.counted, claim.insured, claim.paid, claim.copaid) == (400, 288, 288, 32)
    close(owing(venue, "4600", "3"))
    claim.refresh_from_db()
    assert (claim.counted, claim.paid, claim.state) == (5000, 3600, "PAID")
    assert held() == 3600  # the aggregate of 10,000 leaves another 5,000
    clean()


def test_what_the_fund_advanced_is_paid_back_to_it(travel) -> None:
    venue = a_venue(travel, tranche="0", fund="10000")
    insured(venue)
    book = owing(venue, "1400", "1")
    close(book)
    say(answer_claim, Claim.objects.get())
    finish(book.loss_event, travel)
    assert by_covers() == 288
    clean()


def test_whoever_has_most_of_the_protected_cluster_pays_its_copayment(venue) -> None:
    """Insurers pay nothing without it: nobody lets a firm that has nothing answer for one that has."""
    owners = build.a_group(venue, "Owners")
    firms = [build.a_provider(venue, name, collateral="0", group=owners) for name in ("One", "Other")]
    _, rich = sorted(firms, key=lambda firm: firm.id)
    build.pay_in(rich, "1000")
    insured(venue, (10_000,), group_id=owners.id)
    close(owing(venue, "1400", "1", owner_group="Owners"))
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.paid, claim.copaid) == (288, 32)
    assert build.provider_account(rich).posted == 968
    clean()


def test_an_answer_comes_in_time_or_not_at_all(venue, travel) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    travel.to(claim.answer_by)
    with refused(AccountRefusal.CLAIM_NOT_IN_STATE):
        say(answer_claim, claim)
    with refused(AccountRefusal.CLAIM_NOT_IN_STATE):
        say(dispute_claim, claim, disputed_amount=Decimal(1), reason="late")


def test_others_do_not_see_a_claim(venue) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    other = build.a_provider(venue, "other")
    with refused(AccountRefusal.CLAIM_UNKNOWN):
        perform(answer_claim, venue_id=venue.id, provider_id=other.id, claim_id=claim.id)


def test_no_insurer_pays_for_what_another_lacked_of_an_earlier_event(venue, travel) -> None:
    """Of 3,600 that an event costs, one of two insurers has nothing; then it has again, and 10 more are owed."""
    cover = insured(venue, (5000, 5000), funding_rate=Decimal("0.5"), aggregate="20000")
    poor = cover.shares.order_by("provider").first().provider
    out = {"provider_id": poor.id, "asset": "USD", "amount": build.provider_account(poor).held - 10_000}
    perform(move_collateral, venue_id=venue.id, **out, reference="out")
    book = owing(venue, "6000", "1")
    close(book)
    say(answer_claim, Claim.objects.get())
    finish(book.loss_event, travel)
    build.pay_in(poor, "5000")
    market.mark_again()
    close(owing(venue, "1020", "2", account="b"))
    claim = say(answer_claim, Claim.objects.get(state="HELD"))
    assert (claim.insured, claim.paid) == (Decimal("14.4"), Decimal("14.4"))
    clean()


def test_a_part_that_is_rounded_may_be_less_of_more(venue) -> None:
    insured(venue, (10_000,), quota_share=Decimal("0.5"))
    close(owing(venue, "1001", "1"))
    say(answer_claim, Claim.objects.get())
    for number in range(3):
        close(owing(venue, "1", f"small-{number}"))
    clean()


def test_what_came_back_before_is_not_paid_again(venue) -> None:
    insured(venue, (10_000,))
    book = owing(venue, "1400", "1")
    close(book)
    said = {"asset": "USD", "amount": Decimal(1400), "reference": "r", "reason": "the account paid"}
    perform(record_recovery, venue_id=venue.id, loss_event_id=book.loss_event_id, **said)
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.state, claim.paid, by_covers()) == ("DUE", 0, 0)
    clean()
