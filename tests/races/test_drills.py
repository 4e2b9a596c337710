"""Drills beside what is real: a drill ends as a real book of its product group arrives, whatever is done in it, and
bids in the one wait for nothing that is done in the other."""

import pytest
from django.db import connection, transaction

from accounts.models import Account, AccountKind
from auctions.lifecycle import DrillState, StepKind
from auctions.models import Auction, Award
from auctions.tasks import run_stage
from tests import builders as build
from tests import invariants, market
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_hasty_playbook(venue, dutch_seconds=60, uncontested_caps_bps=[500], mark_max_age_seconds=86400)
    return venue


@pytest.fixture
def alice(venue):
    return market.a_bidder(venue)


def arrive(venue):
    leg = market.position("BTC-PERP", "LONG", "1", "20000")
    return market.a_book(venue, leg, reference="real", cash="3000")


def gave_way(drill, *done):
    """The drill is broken off at last, and all that is left is real."""
    assert not [each for each in done if isinstance(each, Exception)], done
    for _ in range(3):
        run_stage("settle_awards")
        run_stage("end_drills")
    drill.refresh_from_db()
    assert drill.state == DrillState.BROKEN_OFF
    invariants.hold()
    market.clean()


def test_while_a_bid_is_placed(venue, alice):
    drill = market.a_drill(venue)
    market.sweep()
    auction = Auction.objects.get()

    def bid(number):
        return lambda: market.place(alice, market.order(auction, f"b{number}", units=1))

    gave_way(
        drill, *together(lambda: arrive(venue), *map(bid, range(4)), *[lambda: run_stage("end_drills")] * 2, bid(4))
    )


def test_while_its_auction_closes(venue, alice, travel):
    drill = market.a_drill(venue)
    market.sweep()
    auction = Auction.objects.get()
    market.place(alice, market.order(auction, units=100))
    travel.to(auction.closes_at)
    stages = ("close_auctions", "end_drills", "settle_awards", "pass_lots_on")
    gave_way(drill, *together(lambda: arrive(venue), *[lambda name=name: run_stage(name) for name in stages]))


def test_while_it_awards_and_settles(venue, alice, travel):
    drill = market.a_drill(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind=StepKind.DUTCH)
    travel(seconds=2)
    arrive(venue)

    def take(number):
        def taken():
            try:
                market.take(alice, auction, f"t{number}", units=5)
            except Exception as refusal:
                return str(refusal)  # it may come too late

        return taken

    stages = ("end_drills", "settle_awards", "end_drills", "settle_awards")
    gave_way(drill, *together(*map(take, range(4)), *[lambda name=name: run_stage(name) for name in stages]))
    taken = sum(Award.objects.filter(step__lot__book=drill.book).values_list("units", flat=True))
    assert taken == Auction.objects.get(id=auction.id).units_taken


def test_no_bid_waits_for_an_account_that_it_holds_nothing_on(venue, alice):
    build.an_instrument(venue, "ETH-PERP", product_group="ETHER", price="200")
    market.a_drill(venue, market.position("ETH-PERP", "LONG", "10", "200"))
    market.an_auction(venue)
    for auction in Auction.objects.select_related("step__lot__book"):
        others = Account.objects.filter(provider=alice, kind=AccountKind.COLLATERAL)
        others = others.exclude(asset=auction.step.lot.book.asset_id)

        def bid(auction=auction):
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
            return market.code(alice, auction, f"of-{auction.id}", units=1)

        with transaction.atomic():
            assert len(others.select_for_update()) == 1
            assert together(bid) == [None]
    assert Account.objects.filter(provider=alice, held__gt=0).count() == 2
    invariants.hold()
    market.clean()
