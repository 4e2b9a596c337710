"""What an insurer paid for a margin call comes back: through the venue, and out of books before their owner has
anything."""

from decimal import Decimal

import pytest

from accounts.models import CureRepayment, MarginCall, Transfer
from accounts.rules.refusals import AccountRefusal
from auctions.models import Book
from backstop.models import Event
from tests import market
from tests.margin_calls import a_cover, call, collateral, cure, repay
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused

pytestmark = pytest.mark.django_db

TEN_DAYS = 10 * 86400
INTEREST = Decimal("2.739726")  # of 1,000 at 10 % a year, in ten days


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=10**8, liquidation_fee_bps=100, fund_draw_limit="0")
    market.committed(venue, "0")
    return venue


@pytest.fixture
def cured(venue) -> MarginCall:
    return cure(call(a_cover(venue)))


def closed(venue, equity: str, reference: str = "1", **said) -> Book:
    """A book that has this equity, and 20,000 of notional of which 1 % is the fee."""
    position = market.position("BTC-PERP", "LONG", "1", "20000")
    book = market.a_book(venue, position, cash=equity, reference=reference, **{"account": "a", **said})
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    book.refresh_from_db()
    assert book.state == "CLOSED"
    return book


def test_interest_is_repaid_first_and_all_of_it_ends_it(venue, cured, travel) -> None:
    travel(seconds=TEN_DAYS)
    assert repay(cured, "2").left == 1000
    assert repay(cured, "100.739726", "more").left == 900
    travel(seconds=TEN_DAYS)
    done = repay(cured, "902.465753", "rest")
    assert (done.state, done.left) == ("REPAID", 0)
    assert [(row.principal, row.interest) for row in CureRepayment.objects.order_by("created_at")] == [
        (0, 2),
        (100, Decimal("0.739726")),
        (900, Decimal("2.465753")),
    ]
    assert collateral() == 7800 + Decimal("5.205479")
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        repay(cured, "1", "again")
    clean()


def test_no_more_is_repaid_than_is_owed_and_equal_is(venue, cured, travel) -> None:
    travel(seconds=TEN_DAYS)
    with refused(AccountRefusal.REPAYMENT_EXCESSIVE):
        repay(cured, "1002.739727")
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        repay(cured, "-1")
    assert repay(cured, "1002.739726").state == "REPAID"


def test_the_same_reference_again_repays_once(venue, cured) -> None:
    repay(cured, "10")
    assert repay(cured, "10").left == 990
    with refused(AccountRefusal.REFERENCE_REUSED):
        repay(cured, "11")
    assert Transfer.objects.filter(purpose="CURE_REPAID").count() == 1


def test_what_nobody_paid_is_owed_nothing(venue) -> None:
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        repay(call(a_cover(venue)), "1")


def test_a_later_book_repays_it_after_the_fee_and_before_its_owner(venue, cured, travel) -> None:
    """3,000 of equity: 200 are the fee, and of the rest the insurer has what it is owed."""
    travel(seconds=TEN_DAYS)
    book = closed(venue, "3000")
    assert (book.fee, book.residual) == (200, 2800 - 1000 - INTEREST)
    assert (MarginCall.objects.get().state, collateral()) == ("REPAID", 7800 + INTEREST)
    (told,) = Event.objects.filter(kind="cure_repaid")
    assert (told.payload["book"], told.payload["interest"]) == (str(book.id), "2.739726")
    assert Event.objects.get(kind="book_closed").payload["to_lenders"] == "1002.739726"
    clean()


def test_a_book_with_too_little_repays_what_it_has_and_the_next_one_goes_on(venue, cured) -> None:
    assert closed(venue, "600").residual == 0
    assert MarginCall.objects.get().left == 600
    assert closed(venue, "900", "2").residual == 100
    assert MarginCall.objects.get().state == "REPAID"
    clean()


def test_a_book_with_nothing_left_repays_nothing(venue, cured) -> None:
    assert closed(venue, "200").residual == 0
    assert not CureRepayment.objects.exists()


def test_the_oldest_is_repaid_first(venue, cured, travel) -> None:
    travel(seconds=1)
    second = cure(call(cured.cover, "500", reference="second"), "Jan")
    closed(venue, "1400.000003")
    cured.refresh_from_db()
    second.refresh_from_db()
    assert (cured.state, second.left) == ("REPAID", 300)
    clean()


@pytest.mark.parametrize("account", ["", "b"])
def test_books_of_other_accounts_repay_nothing(venue, cured, account) -> None:
    assert closed(venue, "3000", account=account).residual == 2800
    assert MarginCall.objects.get().left == 1000


def test_at_the_end_of_its_time_no_book_repays_it_any_more(venue, cured, travel) -> None:
    travel.to(cured.repay_by)
    assert closed(venue, "3000").residual == 2800
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        repay(cured, "1")
    clean()


def test_a_book_that_came_in_time_repays_it_however_late_it_closes_with_no_more_interest(venue, cured, travel) -> None:
    """Whoever owes does not sit it out: 30 days at 10 % of 1,000 are 8.219178."""
    travel.to(cured.repay_by)
    travel(seconds=-1)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000", account="a")
    travel(seconds=TEN_DAYS)
    assert market.sweep("end_margin_calls") == 0
    with refused(AccountRefusal.MARGIN_CALL_NOT_IN_STATE):
        repay(cured, "1")
    market.mark_again()
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    assert Book.objects.get().residual == 2800 - Decimal("1008.219178")
    assert MarginCall.objects.get().state == "REPAID"
    assert collateral() == 7800 + Decimal("8.219178")
    clean()


def test_once_that_book_left_too_little_the_rest_expires_and_a_later_book_repays_none_of_it(
    venue, cured, travel
) -> None:
    travel.to(cured.repay_by)
    travel(seconds=-1)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="700", account="a")
    travel(seconds=1)
    market.mark_again()
    assert market.sweep("end_margin_calls") == 0
    assert market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    assert closed(venue, "3000", reference="2").residual == 2800, "it came as the time was over"
    assert market.sweep("end_margin_calls") == 1
    called = MarginCall.objects.get()
    assert (called.state, called.left) == ("EXPIRED", 500 + Decimal("8.219178"))
    clean()
