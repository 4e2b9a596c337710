"""What the insurance fund may have to pay for edges: a wish until it is awarded, and no debt waits for it."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.models import AccountKind
from auctions.models import Auction, Award, Book, Wish
from tests import builders as build
from tests import invariants, market
from tests.market import position

pytestmark = pytest.mark.django_db

BOOKS = 80


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


def fund(venue):
    return build.venue_account(venue, AccountKind.FUND)


def wished():
    return Wish.objects.aggregate(amount=Sum("amount"))["amount"] or 0


def thin_books(venue, count=1, cash="400"):
    """Books of 40,000, each with 100 bps of equity, in the sealed auction."""
    legs = (position("BTC-PERP", "LONG", "2", "20000"),)
    orders = [market.BookOrder(f"thin-{number}", legs, cash=Decimal(cash)) for number in range(count)]
    books = market.receive(venue, orders)
    market.sweep()
    return books


def on_to_dutch(travel):
    """Nobody bids sealed, nor when the window reopens."""
    for seconds in (60, 30):
        travel(seconds=seconds)
        market.mark_again()
        market.sweep()


def test_eighty_thin_books_can_pay_beside_a_debt_that_the_fund_covers(venue, travel) -> None:
    market.a_playbook(venue, fund_draw_limit="10000", dutch_seconds=1200, dutch_rise_bps="0.5")
    alice = market.a_bidder(venue)
    thin_books(venue, BOOKS)
    assert (wished(), fund(venue).held) == (BOOKS * 1000, 0)  # 350 bps, of which the account pays 100
    on_to_dutch(travel)
    assert (wished(), fund(venue).free) == (BOOKS * 1600, 100_000)  # 500 bps

    owing = market.a_book(venue, position("BTC-PERP", "LONG", "2", "20500"), reference="owing")
    market.sweep()
    assert market.code(alice, Auction.objects.get(step__lot__book=owing), units=100, edge="0") is None
    on_to_dutch(travel)
    assert wished() == BOOKS * 1600
    owing.refresh_from_db()
    assert (owing.state, market.sums()["DEBT_COVERED"], market.sums()["DEBT_LOST"]) == ("CLOSED", 1000, 0)

    travel(seconds=210)
    market.mark_again()
    for number, auction in enumerate(Auction.objects.filter(kind="DUTCH", state="OPEN")):
        assert market.take(alice, auction, f"t{number}", 100).edge_bps == 150
    market.sweep()
    assert Book.objects.filter(state="CLOSED").count() == BOOKS + 1
    assert Award.objects.aggregate(Sum("fund_part"))["fund_part__sum"] == 16_000
    assert (fund(venue).posted, build.venue_account(venue, AccountKind.LOSSES).posted) == (83_000, 0)
    assert not Wish.objects.exists()
    invariants.everything_ended()
