"""A book through the whole waterfall, by the operations and sweeps alone."""

from decimal import Decimal

import pytest

from accounts.models import Account
from auctions.lifecycle import BookState, StepKind
from auctions.models import Auction, Award, Bid, Step
from auctions.operations.provider.place_bids import BidOrder, place_bids
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    venue = market.a_market(coins=True)
    build.a_playbook(venue, fund_draw_limit="5000", fund_inventory_limit="1000000", mark_max_age_seconds=3600)
    return venue


def steps(book):
    return [
        (s.kind, s.units_in, s.units_placed) for s in Step.objects.filter(lot__book=book).order_by("lot", "ordinal")
    ]


def test_two_commitments_take_a_book_at_the_marginal_edge(venue):
    alice, bob = build.a_provider(venue, "Alice"), build.a_provider(venue, "Bob")
    build.a_commitment(alice, min_edge_bps="40", cap_per_assignment="20000")
    build.a_commitment(bob, min_edge_bps="60", cap_per_assignment="40000")
    build.a_playbook(venue, fund_draw_limit="5000", cover_percent=50)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000")
    market.sweep()
    book.refresh_from_db()
    assert book.state == BookState.CLOSED
    assert steps(book) == [(StepKind.ASSIGN, 100, 100)]
    assert {a.edge_bps for a in Award.objects.all()} == {Decimal(60)}
    assert market.total_of(venue) == 0
    # 3000 cash - 2000 loss - 0.6 % of 40,000 - fee of 0.5 %
    assert (book.fee, book.residual) == (Decimal(200), Decimal(560))
    assert market.posted(book.estate_id) == market.posted(book.debt_id) == 0
    assert not Account.objects.exclude(held=0).exists()


def test_what_nobody_commits_to_is_bid_for_then_taken_then_falls_to_the_fund(venue, travel):
    travel.freeze()
    key = {}
    people = {}
    for name in ("Alice", "Bob"):
        people[name] = build.a_provider(venue, name)
        build.a_provider_key(people[name])
        key[name] = people[name].api_keys.get().id
    book = market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    market.sweep()
    sealed = Auction.objects.get()
    for name, units, edge in (("Alice", 20, "30"), ("Bob", 30, "50")):
        (placed,) = perform(
            place_bids,
            key_id=key[name],
            provider_id=people[name].id,
            orders=[BidOrder(sealed.id, "b1", units, Decimal(edge), units)],
        )
        assert placed.code is None
    travel(seconds=30)
    market.sweep()
    sealed.refresh_from_db()
    assert sealed.round == 2, "50 of 100 units are covered: not contested"
    travel(seconds=15)
    market.sweep()
    assert Bid.objects.filter(state="WON").count() == 2
    dutch = Auction.objects.get(kind="DUTCH")
    travel(seconds=20)
    take = market.take(people["Alice"], dutch, units=25, edge_floor_bps=Decimal(10))
    assert take.units == 25
    travel(seconds=40)
    market.sweep()
    book.refresh_from_db()
    assert steps(book) == [
        (StepKind.ASSIGN, 100, 0),
        (StepKind.SEALED, 100, 50),
        (StepKind.DUTCH, 50, 25),
        (StepKind.FUND, 25, 25),
    ]
    assert book.state == BookState.CLOSED
    assert market.total_of(venue) == 0
    assert not Account.objects.exclude(held=0).exists()
    assert market.posted(book.estate_id) == market.posted(book.debt_id) == 0
