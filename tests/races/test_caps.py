"""Several at once for the last room under a cap: with real connections."""

import pytest

from auctions.lifecycle import AuctionState
from auctions.models import Auction, Cap
from auctions.operations.sweeps.close_auctions import close_auctions
from auctions.operations.sweeps.open_auctions import open_auctions
from auctions.queries import due_to_close, due_to_open
from auctions.tasks import run_stage
from backstop import clock
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, fund="1000000")
    build.a_playbook(
        venue,
        mark_max_age_seconds=86400,
        max_reopenings=0,
        fund_draw_limit="100000",
        fund_inventory_limit="100000000",
        max_queue_seconds=600,
    )
    return venue


def books(venue, *references):
    """20,000 each."""
    for reference in references:
        position = market.position("BTC-PERP", "LONG", "1", "20000")
        market.a_book(venue, position, cash="3000", reference=reference)
    market.sweep("route_books", "assign_lots", "pass_lots_on")


def opening(step):
    return lambda: perform(open_auctions, ids=[step])


def outstanding():
    return Cap.objects.get().outstanding


def finish(travel):
    for _ in range(20):
        travel(seconds=60)
        market.sweep()
    invariants.everything_ended()
    assert outstanding() == 0


def test_the_last_room_under_a_cap_goes_to_one_opening(venue, travel):
    build.a_cap(venue, "50000")
    books(venue, *"abcde")
    together(*[opening(step) for step in due_to_open(clock.now()).list_ids()])
    assert Auction.objects.count() == 2
    assert outstanding() == 40000
    assert due_to_open(clock.now()).list_ids() == []
    invariants.hold()
    finish(travel)


def test_an_opening_beside_a_close_never_leaves_room_unused(venue, travel):
    build.a_cap(venue, "20000")
    books(venue, *"abcd")
    market.sweep("open_auctions")
    travel(seconds=30)
    for _ in range(3):
        (closing,) = due_to_close(clock.now()).list_ids()
        waiting = due_to_open(clock.now()).list_ids()
        together(lambda one=closing: perform(close_auctions, ids=[one]), *[opening(step) for step in waiting])
        run_stage("open_auctions")
        assert outstanding() == 20000
        assert Auction.objects.filter(state=AuctionState.OPEN).count() == 1
        invariants.hold()
        travel(seconds=60)
    finish(travel)


def test_takes_openings_and_new_limits_at_once_keep_the_total_right(venue, travel):
    alice = build.a_provider(venue, collateral="10000000")
    build.a_cap(venue, "60000")
    books(venue, *"abc")
    market.sweep("open_auctions")
    travel(seconds=30)
    market.sweep()
    dutch = list(Auction.objects.filter(kind="DUTCH", state=AuctionState.OPEN))
    books(venue, *"defg")

    def take(auction, number):
        return market.take(alice, auction, f"{auction.id}:{number}", 15)

    outcomes = together(
        *[lambda one=one, n=n: take(one, n) for one in dutch for n in range(2)],
        *[lambda: run_stage("open_auctions")] * 2,
        lambda: build.a_cap(venue, "70000"),
    )
    assert not [one for one in outcomes if isinstance(one, Exception)]
    run_stage("open_auctions")
    assert outstanding() <= 70000
    invariants.hold()
    finish(travel)


def test_a_cap_that_is_new_counts_everything_that_opens_beside_it(venue, travel):
    books(venue, *"abcd")
    steps = due_to_open(clock.now()).list_ids()
    together(*[opening(step) for step in steps], lambda: build.a_cap(venue, "1000000"))
    assert outstanding() == 80000
    invariants.hold()
    finish(travel)
