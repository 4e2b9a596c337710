"""What is overdue is taken as its provider has something free, before that can go anywhere else."""

import pytest

from accounts.models import Account, AccountKind, Commitment, LossRecovery, Transfer
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests import market
from tests.operations.test_loss_sharing import clean, left
from tests.operations.test_pay_assessment import lose, of, venue  # noqa: F401
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(venue, travel):  # noqa: F811
    """He has nothing left, and owes 15 that are overdue."""
    bob = venue.providers.get(name="Bob")
    build.pay_in(bob, "-1000000")
    lose(venue, "135", travel)
    travel.to(of("Bob").due_by)
    market.sweep("expire_assessments")
    assert (of("Bob").state, of("Bob").owed) == ("OVERDUE", 15)
    return bob


def test_while_its_provider_has_nothing_free_nothing_is_due(bob) -> None:
    assert market.sweep("take_overdue") == 0
    build.pay_in(bob, "5000")
    account = build.provider_account(bob)
    type(account).objects.filter(id=account.id).update(held=5000)
    assert market.sweep("take_overdue") == 0, "all of it is held"


def test_what_comes_in_is_taken_once_up_to_what_is_owed(bob, venue) -> None:  # noqa: F811
    build.pay_in(bob, "10")
    assert market.sweep("take_overdue") == 1
    assert (of("Bob").state, of("Bob").owed, build.provider_account(bob).posted) == ("OVERDUE", 5, 0)
    assert market.sweep("take_overdue") == 0
    build.pay_in(bob, "5")
    assert market.sweep("take_overdue") == 1
    assert (of("Bob").state, build.provider_account(bob).posted, left(venue, AccountKind.LOSSES)) == ("PAID", 0, 0)
    assert list(LossRecovery.objects.values_list("amount", flat=True)) == [10, 5]
    clean()


def test_who_is_overdue_may_offer_on_takes_nothing_out_and_pays_as_what_it_bound_is_free(bob) -> None:
    """That it is overdue is ground for a default, which stops withdrawals and nothing more until it is confirmed."""
    build.pay_in(bob, "15")
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(bob, "-0.000001")
    assert bob.may_offer
    own = Account.objects.filter(id=build.provider_account(bob).id)
    own.update(held=15)
    assert market.sweep("take_overdue") == 0
    own.update(held=0)
    assert (market.sweep("take_overdue"), of("Bob").state, own.get().posted) == (1, "PAID", 0)
    clean()


def test_a_taker_at_no_edge_does_not_carry_off_what_it_owes(bob, venue) -> None:  # noqa: F811
    """The margin of what it takes is delivered to its account at the venue, where no loss event reaches it."""
    build.pay_in(bob, "5000")
    Commitment.objects.update(state="SUSPENDED")
    build.a_commitment(bob, min_edge_bps="0")
    market.mark_again()
    market.sweep("take_overdue")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="x", account="x")
    market.sweep()
    assert of("Bob").state == "PAID"
    assert Transfer.objects.filter(purpose="MARGIN_DELIVERED").exists(), "and it may go on with the rest"
