"""The chain of a book: whatever becomes of it, its links say it so that it verifies."""

import json

import pytest
from django.db import DatabaseError, transaction

from auctions.lifecycle import BookState, StepKind
from auctions.models import Auction, Book, ChainLink
from auctions.queries import get_chain
from auctions.rules.chain.links import AssignLink, DutchLink, FundLink
from tests import builders as build
from tests import invariants, market

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel, fund="1000000")


def end(travel) -> None:
    while Book.objects.exclude(state=BookState.CLOSED).exists():
        travel(seconds=60)
        market.mark_again()
        market.sweep()


def kinds(chain) -> list[str]:
    return [str(link.kind) for link in chain.links]


def test_a_book_that_goes_all_the_way_says_each_of_its_steps(venue, travel) -> None:
    market.a_dutch_playbook(
        venue, assign="FIRST", fund_draw_limit="100", fund_inventory_limit="8000", max_waterfall_seconds=0
    )
    alice, bob = (market.a_bidder(venue, name, collateral="1000000") for name in ("Alice", "Bob"))
    build.a_commitment(alice, min_edge_bps="50", cap_per_assignment="4000")
    auction = market.a_dutch_auction(venue, travel)
    travel(seconds=10)
    market.mark_again()
    market.take(bob, auction, "t1", 10)
    market.ready(alice, auction, 20)
    end(travel)
    chain = invariants.chain_holds(Book.objects.get())
    assert kinds(chain) == ["INTAKE", "ASSIGN", "SEALED", "DUTCH", "FUND", "RETURN", "CLOSE"]
    assign, dutch = chain.links[1], chain.links[3]
    assert isinstance(assign, AssignLink)
    assert isinstance(dutch, DutchLink)
    assert [(offer.units, offer.min_edge_bps) for offer in assign.offers] == [(10, 50)]
    assert [(take.units, take.ready) for take in dutch.takes] == [(10, None), (20, 1)]
    assert dutch.takes[0].pricing.means.marks.keys() == {str(chain.links[0].lots[0].legs[0].instrument_id)}
    assert isinstance(chain.links[4], FundLink)


def test_nobody_is_named(venue, travel) -> None:
    market.a_dutch_playbook(venue, assign="FIRST", fund_inventory_limit="1000000")
    alice = market.a_bidder(venue, "Alice", collateral="1000000")
    build.a_commitment(alice, min_edge_bps="50", cap_per_assignment="4000")
    auction = market.a_dutch_auction(venue, travel)
    market.take(alice, auction, "t1", 10)
    end(travel)
    told = json.dumps([link.document for link in ChainLink.objects.all()])
    for secret in (alice.id, alice.group_id, alice.name, venue.id, "fund_inventory_limit"):
        assert str(secret) not in told


def test_a_link_is_never_changed_or_deleted(venue, travel) -> None:
    market.a_dutch_playbook(venue)
    market.a_dutch_auction(venue, travel)
    for change in (lambda: ChainLink.objects.update(place=9), lambda: ChainLink.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_auction_that_is_taken_whole_is_said_with_the_last_take(venue, travel) -> None:
    market.a_dutch_playbook(venue)
    alice = market.a_bidder(venue, "Alice", collateral="1000000")
    auction = market.a_dutch_auction(venue, travel)
    market.take(alice, auction, "t1", 60)
    travel(seconds=10)
    market.mark_again()
    market.take(alice, auction, "t2", 40)
    link = ChainLink.objects.get(kind=StepKind.DUTCH)
    assert [take["units"] for take in link.document["takes"]] == [60, 40]
    market.sweep()
    assert Auction.objects.get(id=auction.id).state == "AWARDED"
    assert get_chain(Book.objects.get())["links"][-1]["kind"] == "CLOSE"
