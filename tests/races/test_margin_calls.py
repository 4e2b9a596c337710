"""A margin call beside another insurer, the account's book as it is awarded or closes, and the end of its time: one
comes first, and what is paid and repaid is paid once."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Approval, MarginCall, Transfer, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.rules.refusals import AccountRefusal
from auctions.models import Award, Book
from auctions.rules.refusals import AuctionRefusal
from backstop.errors import DomainError
from tests import market
from tests.builders import perform
from tests.margin_calls import a_cover, call, collateral, cure, repay
from tests.operations.test_loss_sharing import clean
from tests.races.together import together
from tests.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=10**8, liquidation_fee_bps=0, fund_draw_limit="0")
    return venue


@pytest.fixture
def called(venue) -> MarginCall:
    return call(a_cover(venue))


def liquidated(venue, cash: str = "1500", **said: Any) -> Book:
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="a", cash=cash, **said)


def test_of_two_insurers_one_pays_and_the_other_is_told(venue, called) -> None:
    liquidated(venue)
    outcomes = together(lambda: cure(called, "Ines"), lambda: cure(called, "Jan"))
    (refused,) = [each for each in outcomes if isinstance(each, DomainError)]
    assert refused.refusal is AccountRefusal.MARGIN_CALL_NOT_IN_STATE
    assert collateral("Ines") + collateral("Jan") == 14_600
    assert Book.objects.get().state == "WITHDRAWN"
    clean()


def test_beside_the_first_award_the_book_goes_back_or_nothing_is_paid(venue, called) -> None:
    market.committed(venue, "0")
    liquidated(venue)
    market.sweep("route_books")
    outcome, _ = together(lambda: cure(called), lambda: market.sweep("assign_lots"))
    if isinstance(outcome, DomainError):
        assert outcome.refusal is AuctionRefusal.BOOK_AWARDED
    assert Award.objects.exists() == isinstance(outcome, DomainError) == (collateral() == 7800)
    clean()


def test_beside_the_first_award_of_one_of_several_all_go_back_or_nothing_is_paid(venue, called) -> None:
    market.committed(venue, "0", cap_held=20_000)
    for number in range(3):
        liquidated(venue, reference=f"book-{number}")
    market.sweep("route_books")
    outcome, _ = together(lambda: cure(called), lambda: market.sweep("assign_lots"))
    paid = not isinstance(outcome, DomainError)
    assert paid or outcome.refusal is AuctionRefusal.BOOK_AWARDED
    assert Award.objects.exists() is not paid
    assert Book.objects.filter(state="WITHDRAWN").count() == (3 if paid else 0)
    assert collateral() == (6800 if paid else 7800)
    clean()


def test_a_book_that_its_venue_takes_back_beside_it_goes_back_once_and_the_other_with_it(venue, called) -> None:
    books = [liquidated(venue, reference=f"book-{number}") for number in range(2)]
    market.sweep("route_books")
    together(lambda: cure(called), lambda: market.withdraw(books[1]))
    assert list(Book.objects.values_list("state", flat=True)) == ["WITHDRAWN"] * 2
    assert collateral() == 6800
    clean()


def test_beside_an_intake_either_comes_first(venue, called, travel) -> None:
    travel.home()
    outcome, _ = together(lambda: cure(called), lambda: liquidated(venue))
    assert Book.objects.get().state == "RECEIVED"
    assert collateral() == (7800 if isinstance(outcome, DomainError) else 6800)
    clean()


def test_who_calls_alone_as_a_book_comes_in_cannot_stop_it(venue, travel) -> None:
    """A book that was not counted as the call was made came after it."""
    User.objects.create(username="olivia")
    cover = a_cover(venue)
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="a test")
    travel.home()
    asked, _ = together(lambda: call(cover, actor="user:olivia"), lambda: liquidated(venue))
    if isinstance(asked, MarginCall):
        with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
            cure(asked)
    assert Book.objects.get().state == "RECEIVED"
    assert isinstance(asked, MarginCall | Approval)


def test_a_book_that_closes_beside_what_the_venue_reports_repays_what_is_left(venue, called) -> None:
    cure(called)
    market.committed(venue, "0")
    liquidated(venue, "700")
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    together(lambda: market.sweep("close_books"), lambda: repay(called, "600"))
    called.refresh_from_db()
    repaid = sum(Transfer.objects.filter(purpose="CURE_REPAID").values_list("amount", flat=True))
    assert repaid >= 1000 if called.state == "REPAID" else repaid == 1000 - called.left
    clean()


def test_at_the_end_of_its_time_it_is_paid_or_lapses(called, travel) -> None:
    travel(seconds=3599.99)
    outcome, _ = together(lambda: cure(called), lambda: market.sweep("end_margin_calls"))
    called.refresh_from_db()
    assert (called.state == "CURED") != isinstance(outcome, DomainError)
    clean()
