"""The formats of a sealed auction in the market: what the playbook says is what the close pays."""

from decimal import Decimal

import pytest
from django.db.models import F

from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction, Award, Step
from auctions.rules import clearing
from auctions.rules.clearing import ClearingRefused
from tests import builders as build
from tests import invariants, market
from tests.market import a_bidder, a_playbook, an_auction, close, order, place

pytestmark = pytest.mark.django_db


def awards():
    return [(a.provider.name, a.units, a.edge_bps) for a in Award.objects.order_by("first_unit")]


def sell(venue, travel, *bids, **playbook):
    """An auction of 100 units of 400 each under this playbook, closed with these bids: (who, units, edge)."""
    a_playbook(venue, cover_percent=0, **playbook)
    auction = an_auction(venue)
    for name, units, edge in bids:
        place(a_bidder(venue, name), order(auction, name, units, edge))
    return close(auction, travel)


BIDS = (("Alice", 60, "10"), ("Bob", 50, "20"), ("Charlie", 30, "34"))


def test_an_auction_keeps_what_the_playbook_said_when_it_opened(venue):
    a_playbook(venue, sealed_format="UNIFORM", price_rule="FIRST_REJECTED", first_rejected_cap_bps="7")
    auction = an_auction(venue)
    a_playbook(venue, sealed_format="VICKREY", rationing="SEQUENCE")
    auction.refresh_from_db()
    assert (auction.format, auction.price_rule, auction.rationing) == ("UNIFORM", "FIRST_REJECTED", "PRO_RATA")
    assert auction.first_rejected_cap_bps == 7


def test_pay_as_bid_pays_each_its_own_edge(venue, travel):
    auction = sell(venue, travel, *BIDS, sealed_format="PAY_AS_BID")
    assert awards() == [("Alice", 60, 10), ("Bob", 40, 20)]
    assert (auction.optimal, auction.gap, auction.unfilled_reason) == (True, 0, "")


def test_last_accepted_pays_all_the_dearest_edge_that_sells(venue, travel):
    sell(venue, travel, *BIDS)
    assert awards() == [("Alice", 60, 20), ("Bob", 40, 20)]


@pytest.mark.parametrize(("cap", "edge"), [("14.0001", 34), ("14", 34), ("13.9999", "33.9999"), ("0", 20)])
def test_first_rejected_pays_the_cheapest_loser_at_most_its_cap_above_the_last_winner(venue, travel, cap, edge):
    bids = (("Alice", 60, "10"), ("Bob", 40, "20"), ("Charlie", 30, "34"))
    sell(venue, travel, *bids, price_rule="FIRST_REJECTED", first_rejected_cap_bps=cap)
    assert awards() == [("Alice", 60, Decimal(edge)), ("Bob", 40, Decimal(edge))]


@pytest.mark.parametrize(
    ("rationing", "units"),
    [("PRO_RATA", {"Alice": 75, "Bob": 25}), ("SEQUENCE", {"Alice": 90, "Bob": 10})],
)
def test_rationing_at_one_edge_is_the_playbooks(venue, travel, rationing, units):
    sell(venue, travel, ("Alice", 90, "10"), ("Bob", 30, "10"), rationing=rationing)
    assert {name: count for name, count, _ in awards()} == units


class TestVickrey:
    def test_everybody_is_paid_by_what_the_others_ask(self, venue, travel):
        """Without Alice: Bob's 10 at 20, Charlie's 30 at 34, 20 unsold at 350. Without Bob: 30 at 34, 10 at 350."""
        sell(venue, travel, *BIDS, sealed_format="VICKREY")
        # 8220 / 60 = 137; 4520 / 40 = 113
        assert awards() == [("Alice", 60, 137), ("Bob", 40, 113)]
        market.sweep()
        # 24 000 at 137 bps; 16 000 at 113 bps.
        for name, earned, margin in (("Alice", "328.8", 2400), ("Bob", "180.8", 1600)):
            provider = build.Provider.objects.get(name=name)
            assert build.provider_account(provider).posted == 1_000_000 + Decimal(earned) - margin
        invariants.everything_ended()

    def test_a_payment_that_is_no_edge_of_four_decimals_is_paid_in_two_awards_exactly(self, venue, travel):
        """Without Alice, 2 more of Bob at 20 and 1 of Charlie at 30: 70 over 3 units, 23.3333 and a third."""
        sell(
            venue,
            travel,
            *(("Alice", 3, "10"), ("Bob", 99, "20"), ("Charlie", 100, "30")),
            sealed_format="VICKREY",
        )
        paid = awards()
        assert paid[:2] == [("Alice", 2, Decimal("23.3333")), ("Alice", 1, Decimal("23.3334"))]
        assert sum(units * edge for name, units, edge in paid if name == "Alice") == 70
        assert sum(units for _, units, _ in paid) == 100
        market.sweep()
        invariants.everything_ended()

    def test_what_cannot_be_decided_exactly_ends_unfilled_and_the_lot_goes_on(self, venue, travel, monkeypatch):
        def refuse(*_):
            raise ClearingRefused("/format", "cannot be VICKREY: exact payments take too long")

        monkeypatch.setattr(clearing, "clear", refuse)
        auction = sell(venue, travel, *BIDS, sealed_format="VICKREY")
        assert (auction.state, auction.optimal) == (AuctionState.UNFILLED, None)
        assert auction.unfilled_reason == "cannot be VICKREY: exact payments take too long"
        assert not Award.objects.exists()
        market.sweep("pass_lots_on")
        assert Step.objects.get(ended_at=None).kind == StepKind.DUTCH
        invariants.hold()


def test_whatever_the_format_no_award_is_above_the_reserve_and_the_budget_is_respected(venue, travel):
    for form in ("PAY_AS_BID", "UNIFORM", "VICKREY"):
        a_playbook(venue, cover_percent=0, sealed_format=form)
        auction = an_auction(venue, form)
        for name in ("Alice", "Bob"):
            place(a_bidder(venue, f"{name} {form}"), order(auction, f"{name} {form}", 60, "349.9999"))
        close(auction, travel)
        market.sweep()
    assert not Award.objects.filter(edge_bps__gt=F("step__auction__reserve_edge_bps")).exists()
    assert Auction.objects.filter(state=AuctionState.AWARDED).count() == 3
    invariants.hold()
