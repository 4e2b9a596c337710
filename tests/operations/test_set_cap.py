"""Caps on what is in auctions at once are set, changed and taken away, whatever is under way."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from auctions.models import Auction, Cap
from auctions.operations.operator.set_cap import set_cap
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import IN_AUCTION, WAITING, a_bitcoin_book, where
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_queueing_playbook(venue)
    return venue


D = Decimal


def test_a_cap_lowered_below_what_is_outstanding_breaks_nothing_and_lets_nothing_in(venue, travel):
    build.a_cap(venue, "50000")
    first, second = a_bitcoin_book(venue, "first"), a_bitcoin_book(venue, "second")
    build.a_cap(venue, "10000")
    cap = Cap.objects.get()
    assert (cap.outstanding, cap.ceiling) == (40000, 40000)
    third = a_bitcoin_book(venue, "third", "0.5")
    assert [where(book) for book in (first, second, third)] == [IN_AUCTION, IN_AUCTION, WAITING]
    travel(seconds=30)
    market.sweep()
    cap.refresh_from_db()
    assert where(third) == IN_AUCTION
    assert (cap.outstanding, cap.ceiling) == (10000, 10000)


def test_a_cap_that_is_raised_or_taken_away_lets_those_in_who_wait(venue, travel):
    build.a_cap(venue, "20000")
    _, second, _, third = (
        a_bitcoin_book(venue, "first"),
        a_bitcoin_book(venue, "second"),
        travel(seconds=1),
        a_bitcoin_book(venue, "third"),
    )
    build.a_cap(venue, "40000")
    market.sweep()
    assert (where(second), where(third)) == (IN_AUCTION, WAITING)
    build.a_cap(venue, None)
    market.sweep()
    assert where(third) == IN_AUCTION
    assert not Cap.objects.exists()


def test_a_new_cap_counts_what_is_in_auctions_already(venue, travel):
    alice = build.a_provider(venue)
    book = a_bitcoin_book(venue, "first")
    travel(seconds=30)
    market.sweep()
    auction = Auction.objects.get(step__lot__book=book, kind="DUTCH")
    market.take(alice, auction, "t1", 40)
    assert build.a_cap(venue, "5000").outstanding == 12000
    assert build.a_cap(venue, "5000", product_group=build.a_group_of_products(venue, "COINS")).outstanding == 0
    invariants.hold()


def test_a_cap_is_on_the_venues_own_things_and_an_amount(venue):
    other = build.a_venue()
    theirs, ours = build.the_asset(other), build.the_asset(venue)
    group = build.a_group_of_products(other)
    for scope in ({"asset": theirs, "product_group": None}, {"asset": ours, "product_group": group}):
        with refused(AuctionRefusal.CAP_SCOPE_UNKNOWN):
            perform(set_cap, venue=venue, limit=D(1), **scope)
    for limit in ("-1", "0.0000001", "1e15"):
        with refused(AuctionRefusal.CAP_REFUSED):
            perform(set_cap, venue=venue, product_group=None, asset=ours, limit=D(limit))
    assert not Cap.objects.exists()


@pytest.mark.parametrize(
    ("promise", "attack"),
    [
        ("cap_never_exceeded", "UPDATE auctions_cap SET outstanding = 30001"),
        ("cap_never_exceeded", "UPDATE auctions_cap SET ceiling = 29999"),
        ("cap_outstanding_not_negative", "UPDATE auctions_cap SET outstanding = -1"),
        ("cap_limit_not_negative", 'UPDATE auctions_cap SET "limit" = -1'),
        (
            "cap_scope_unique",
            'INSERT INTO auctions_cap SELECT gen_random_uuid(), created_at, "limit", ceiling, outstanding, releases, '
            "asset_id, product_group_id, venue_id FROM auctions_cap",
        ),
    ],
)
def test_the_database_keeps_the_promises_of_a_cap(venue, promise, attack):
    build.a_cap(venue, "30000")
    with pytest.raises(DatabaseError, match=promise), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
