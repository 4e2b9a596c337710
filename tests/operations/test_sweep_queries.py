"""A sweep over many lots needs no more queries than one over a few."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auctions.lifecycle import AuctionState, BookState, StepState
from auctions.models import Auction, Award, Book, Step
from auctions.operations.sweeps.assign_lots import assign_lots
from auctions.operations.sweeps.close_auctions import close_auctions
from auctions.operations.sweeps.route_books import route_books
from auctions.tasks import run_stage
from tests import builders as build
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db

LOTS = (1, 2, 7)  # the first, so that all others find what it left: holdings, capacity used, keys remembered


@pytest.fixture
def venue(travel):
    """Each position is a lot of its own, of 100 units of 400 each; Alice's commitment takes 40 of each."""
    venue = market.a_market(travel, fund="1000000")
    alone = {"min_groups": 1, "cover_percent": 0, "max_reopenings": 0}
    market.a_playbook(venue, lot_scope="POSITION", fund_draw_limit="100000", **alone)
    build.a_commitment(build.a_provider(venue), min_edge_bps="50", cap_per_assignment="16000")
    return venue


def received(venue, lots: int) -> None:
    positions = [market.position("BTC-PERP", "LONG", "2", "20000")] * lots
    market.a_book(venue, *positions, reference=f"of {lots}", cash=str(3000 * lots))


def queries_of(sweep: Callable[..., int], ids: Sequence[UUID]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert perform(sweep, ids=list(ids)) == len(ids)
    return len(queries)


def test_routing(venue):
    counts = []
    for lots in LOTS:
        received(venue, lots)
        counts.append(
            queries_of(route_books, Book.objects.filter(state=BookState.RECEIVED).values_list("id", flat=True))
        )
    assert counts[1] == counts[2]


def test_assigning(venue):
    counts = []
    for lots in LOTS:
        received(venue, lots)
        run_stage("route_books")
        counts.append(queries_of(assign_lots, Step.objects.filter(state=StepState.READY).values_list("id", flat=True)))
    assert counts[1] == counts[2]
    assert Award.objects.count() == sum(LOTS)


def test_closing(venue, travel):
    bob = market.a_bidder(venue, "Bob")
    counts = []
    for lots in LOTS:
        received(venue, lots)
        market.sweep()
        auctions = list(Auction.objects.filter(step__lot__book__reference=f"of {lots}"))
        for auction in auctions:
            market.place(bob, market.order(auction, str(auction.id), units=10))
        travel.to(auctions[0].closes_at)
        market.mark_again()
        counts.append(queries_of(close_auctions, [auction.id for auction in auctions]))
    assert counts[1] == counts[2]
    assert Auction.objects.filter(state=AuctionState.AWARDED).count() == sum(LOTS)
