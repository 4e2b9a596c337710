"""Money of awards by hand: gains and losses, edges and advances, payments, and dust."""

from decimal import Decimal

import pytest

from accounts.models import Account, AccountKind, Transfer
from auctions.models import AtFault, Auction, Award, Settlement
from auctions.operations.provider.place_bids import BidOrder, place_bids
from backstop.models import Instrument
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import PURPOSES, a_frugal_playbook, committed, ended, sums

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_frugal_playbook(venue)
    return venue


def test_a_gain_pays_the_edge_the_fee_and_the_owner(venue):
    alice = committed(venue)
    book = ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "19000"), cash="100"))
    # 100 + 1000 gained - 1 % of 20,000 - 0.5 % of it
    assert (book.fee, book.residual) == (100, 800)
    assert build.provider_account(alice).posted == 1_000_000 + 200 - 2000
    margin = Transfer.objects.get(purpose="MARGIN_DELIVERED")
    assert (margin.debit.kind, margin.credit.kind, margin.amount) == ("COLLATERAL", "CLEARING", 2000)


def test_seven_books_whose_positions_were_closed_at_the_venue_lock_nothing_for_ever(venue):
    """Each of 40,000 at 10 %: the margin goes with the positions, and comes back as a deposit once these are closed."""
    alice = committed(venue)
    build.pay_in(alice, "-990000")
    collateral = build.provider_account(alice)
    for number in range(7):
        bitcoin = market.position("BTC-PERP", "LONG", "2", "20000")
        ended(market.a_book(venue, bitcoin, reference=f"b-{number}", cash="3000"))
        assert set(Account.objects.filter(provider=alice).values_list("kind", "held")) == {("COLLATERAL", 0)}
        build.pay_in(alice, "4000")
    collateral.refresh_from_db()
    assert collateral.free == 10_000 + 7 * 400
    assert not Award.objects.exclude(provider=alice).exists()


def test_an_edge_that_the_estate_lacks_is_advanced_and_what_stays_unpaid_is_the_funds(venue):
    committed(venue)
    book = ended(market.a_book(venue, market.position("BTC-PERP", "SHORT", "1", "20000"), cash="50"))
    # An edge of 200: 50 of the account's own, 150 of the fund, and nothing is left to repay it with
    assert sums() == dict.fromkeys(PURPOSES, 0) | {"ADVANCE": 150}
    assert (book.fee, book.residual) == (0, 0)
    assert build.venue_account(venue, AccountKind.FUND).posted == 100_000 - 150


def test_a_provider_who_pays_is_bound_by_what_it_declared(venue, travel):
    alice = build.a_provider(venue, "Alice")
    build.a_provider_key(alice)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="0")
    market.sweep()
    auction = Auction.objects.get()
    order = BidOrder(auction.id, "b", 100, Decimal(-30), 100, Decimal(30))
    perform(place_bids, key_id=alice.api_keys.get().id, provider_id=alice.id, orders=[order])
    travel(seconds=30)
    ended(book)
    assert build.provider_account(alice).posted == 1_000_000 - 60 - 2000
    assert sums()["FEE"] == 60


def test_dust_of_three_decimals_is_accounted_for(travel):
    travel.freeze()
    venue = build.a_venue()
    venue.assets.update(scale=3)
    build.an_instrument(venue, "DOGE", build.SPOT, price="0.333333", margin_rate="0", quantity_step="0.1")
    build.an_instrument(venue, "XRP-PERP", price="0.777777", quantity_step="0.1")
    a_frugal_playbook(venue, lot_scope="BOOK", fund_draw_limit="0")
    committed(venue, "33.3333", cap_per_assignment="5")
    committed(venue, "44.4444", "Bob", cap_per_assignment="5")
    committed(venue, "55.5555", "Charlie")
    book = market.a_book(
        venue,
        market.position("DOGE", "LONG", "33.3"),
        market.position("XRP-PERP", "SHORT", "17.7", "0.7"),
        cash="1.001",
    )
    ended(book)
    assert Award.objects.count() == 3


def test_marks_that_move_between_intake_and_award_move_with_the_estate(venue, travel):
    committed(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="1000")
    build.a_mark(Instrument.objects.get(symbol="BTC-PERP"), "19500")
    book = ended(book)
    # 1,000 - 500 - 1 % of 19,500 - 0.5 % of 19,500
    assert book.residual == Decimal("207.5")


def a_coarse_auction(travel, **fields):
    """A Dutch auction in an asset without decimals, of 100 units of 400 each: a second after its opening the edge of a
    unit is four ninths of the smallest amount."""
    venue = market.a_market(travel)
    venue.assets.update(scale=0)
    market.a_dutch_playbook(venue, **fields)
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    auction = market.a_dutch_auction(venue, travel)
    travel(seconds=1)
    return auction, alice, bob


def earned(provider):
    paid = Transfer.objects.filter(credit=build.provider_account(provider), purpose__in=["EDGE", "ROUNDING"])
    return sum(paid.values_list("amount", flat=True))


def test_what_is_taken_in_small_pieces_earns_no_more_than_in_one(travel):
    auction, alice, bob = a_coarse_auction(travel)
    for number in range(18):
        market.take(alice, auction, f"t{number}", units=1)
        if number % 4 == 0:
            market.sweep("settle_awards")
    market.take(bob, auction, "whole", units=18)
    market.sweep("settle_awards")
    assert earned(alice) == earned(bob) == 8
    assert market.total_of(auction.venue) == 0
    invariants.hold()


def test_what_fails_is_in_no_sum(travel):
    auction, alice, _ = a_coarse_auction(travel, settlement_mode="CONFIRM", cover_percent=0)
    for number in range(4):
        market.take(alice, auction, f"t{number}", units=1)
    first, second, third, fourth = Settlement.objects.order_by("award__first_unit")
    market.reject(auction.venue, second, fault=AtFault.VENUE)
    for settlement, so_far in ((first, 1), (fourth, 1), (third, 2)):  # 4/9, 8/9 and 12/9, rounded up
        market.confirm(auction.venue, settlement)
        market.sweep("settle_awards")
        assert earned(alice) == so_far
    invariants.hold()
