"""Improving a bid: a better offer takes the place of one's own, firm or not, and never a worse one."""

from dataclasses import replace

import pytest

from auctions.lifecycle import AuctionState, BidState
from auctions.models import Award, Bid
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.market import a_bidder, a_playbook, an_auction, close, order, place
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def improve(provider, auction, name="b2", former="b1", *, least=1, block=False, **fields):
    better = replace(order(auction, name, **fields), improves=former, min_units=least, all_or_none=block)
    return place(provider, better)[0]


@pytest.fixture
def alice(venue):
    return a_bidder(venue)


def test_a_better_bid_takes_the_place_of_the_former_and_of_its_hold(venue, alice):
    auction = an_auction(venue)
    (first,) = place(alice, order(auction, units=10, edge="100"))
    held = build.provider_account(alice).held
    second = improve(alice, auction, units=10, edge="90")
    assert build.provider_account(alice).held == held
    former, better = Bid.objects.get(id=first.bid_id), Bid.objects.get(id=second.bid_id)
    assert (former.state, former.held, better.state) == (BidState.CANCELLED, 0, BidState.LIVE)
    assert former.cancelled_at is not None
    assert (better.improves, better.firm) == (former, False)
    assert improve(alice, auction, units=10, edge="90") == second, "the same again answers the same"
    invariants.hold()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"units": 10, "edge": "100", "least": 4}, "improvement_too_small"),
        ({"units": 11, "edge": "100"}, None),
        ({"units": 10, "edge": "100", "least": 3}, None),
        ({"units": 10, "edge": "99.5"}, None),
        ({"units": 10, "edge": "99.5001"}, "improvement_too_small"),
        ({"units": 11, "edge": "99.5001"}, "improvement_too_small"),
        ({"units": 10, "edge": "100.0001"}, "bid_worse"),
        ({"units": 9, "edge": "1"}, "bid_worse"),
        ({"units": 10, "edge": "1", "least": 5}, "bid_worse"),
        ({"units": 10, "edge": "1", "block": True}, "bid_worse"),
        ({"units": 10, "edge": "1", "former": "b9"}, "bid_unknown"),
    ],
)
def test_no_higher_edge_no_fewer_units_no_more_of_them_at_once_and_no_hair(venue, alice, fields, code):
    a_playbook(venue, min_improvement_bps="0.5")
    auction = an_auction(venue)
    place(alice, replace(order(auction, units=10, edge="100"), min_units=4))
    assert improve(alice, auction, **fields).code == code
    assert Bid.objects.filter(state=BidState.LIVE).count() == 1
    invariants.hold()


def test_only_ones_own_live_bid_of_this_auction_is_improved_and_once(venue, alice):
    auction, other = an_auction(venue), an_auction(venue, "book-2")
    place(alice, order(auction))
    bob = a_bidder(venue, "Bob")
    assert improve(bob, auction, units=10, edge="1").code == "bid_unknown"
    assert improve(alice, other, units=10, edge="1").code == "bid_unknown"
    twice = [replace(order(auction, name, 10, "90"), improves="b1") for name in ("b2", "b3")]
    assert [one.code for one in place(alice, *twice)] == [None, "bid_not_live"]
    assert improve(alice, auction, "b4", units=10, edge="1").code == "bid_not_live"
    invariants.hold()


def test_a_firm_bid_can_be_improved_in_a_reopened_window_and_stays_firm(venue, alice, travel):
    auction = an_auction(venue)
    place(alice, order(auction, units=100, edge="160"))
    assert close(auction, travel).round == 2
    assert improve(alice, auction, units=100, edge="161").code == "bid_worse"
    better = improve(alice, auction, units=100, edge="150")
    for _ in range(2):
        with refused(AuctionRefusal.BID_FIRM):
            perform(cancel_bid, provider_id=alice.id, bid_id=better.bid_id)
        better = improve(alice, auction, "b3", "b2", units=100, edge="149")
    assert close(auction, travel).state == AuctionState.AWARDED
    assert [(award.units, award.edge_bps) for award in Award.objects.all()] == [(100, 149)]
    invariants.hold()


def test_an_improvement_needs_margin_only_for_what_it_holds_more(venue):
    auction = an_auction(venue)
    alice = a_bidder(venue, collateral="4500")
    place(alice, order(auction, units=100))
    held = build.provider_account(alice)
    assert held.free < held.held
    assert improve(alice, auction, units=100, edge="90").code is None
    assert improve(alice, auction, "b3", "b2", units=100, edge="-300", max_pay="300").code == "margin_insufficient"
    invariants.hold()


def test_where_the_first_rejected_edge_is_paid_packages_are_refused(venue, alice):
    a_playbook(venue, price_rule="FIRST_REJECTED")
    auction = an_auction(venue)
    for package in ({"min_units": 2}, {"all_or_none": True}):
        assert place(alice, replace(order(auction), **package))[0].code == "packages_not_taken"
    assert place(alice, replace(order(auction, units=1), all_or_none=True))[0].code is None, "one unit is no package"


def test_a_package_is_taken_whole_or_not_at_all(venue, alice, travel):
    a_playbook(venue, cover_percent=0, sealed_format="PAY_AS_BID")
    auction = an_auction(venue)
    place(alice, replace(order(auction, units=60, edge="10"), all_or_none=True))
    place(a_bidder(venue, "Bob"), replace(order(auction, units=60, edge="20"), min_units=50))
    place(a_bidder(venue, "Carol"), order(auction, units=40, edge="30"))
    close(auction, travel)
    won = {award.provider.name: award.units for award in Award.objects.all()}
    assert won == {"Alice": 60, "Carol": 40}, "Bob takes 50 at least, and 40 are left"
    invariants.hold()
