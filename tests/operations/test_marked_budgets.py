"""A lot spends what its book has by then: marked at each use, by risk, and with what other lots left."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.models import AccountKind
from auctions.models import Auction, Award, Lot, Step
from tests import builders as build
from tests import invariants, market

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return market.a_market(travel)


def edges() -> Decimal:
    return Award.objects.aggregate(paid=Sum("equity_part"))["paid"]


def test_what_the_mark_took_before_the_step_opens_pays_no_edge(venue, travel):
    market.a_playbook(venue, fund_draw_limit="0", min_groups=1, cover_percent=0)
    market.committed(venue)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="1200")
    travel(seconds=1)
    market.mark_again("19000")
    market.sweep()
    assert not Award.objects.exists()
    auction = Auction.objects.get()
    assert (auction.kind, auction.reserve_edge_bps) == ("SEALED", 0), "the lot goes on"
    for _ in range(6):
        travel(seconds=60)
        market.mark_again("19000")
        market.sweep()
    market.ended(book)
    assert edges() == 0
    assert build.venue_account(venue, AccountKind.LOSSES).posted == -800


def test_a_gain_raises_no_budget(venue, travel):
    market.a_playbook(venue, fund_draw_limit="0")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="400")
    travel(seconds=1)
    market.mark_again("21000")
    market.sweep()
    assert Auction.objects.get().reserve_edge_bps == Decimal("95.2380")  # 400 on 42,000, not 2,400


def test_what_the_mark_took_in_a_dutch_auction_is_not_offered_any_more(venue, travel):
    market.a_dutch_playbook(venue, fund_draw_limit="0", max_drift_bps="600", drift_buffer_bps="600")
    alice = market.a_bidder(venue)
    auction = market.a_dutch_auction(venue, travel, cash="1200")
    travel(seconds=50)
    market.mark_again("19500")
    assert market.take(alice, auction, units=50).edge_bps == Decimal("51.2820")  # 200 are left of 1,200
    market.mark_again("19400")
    assert market.take(alice, auction, "t2", units=50).edge_bps == 0
    market.sweep()
    invariants.hold()


@pytest.fixture
def two_lots(venue):
    """Bitcoin for 90,000 at 1 % margin, asked for at 30; alts for 10,000 at 10 %, for which nobody bids sealed."""
    build.an_instrument(venue, "BIT-PERP", margin_rate="0.01", price="90000")
    build.an_instrument(venue, "ALT-PERP", product_group="ALTS", margin_rate="0.1", price="100")
    market.a_dutch_playbook(
        venue, fund_draw_limit="0", min_groups=1, cover_percent=0, mark_max_age_seconds=86400, dutch_seconds=500,
        dutch_curve={"kind": "PIECEWISE", "ramp_seconds": 500},
    )  # fmt: skip
    build.a_commitment(
        build.a_provider(venue, "Alice"), min_edge_bps="30", product_group=build.a_group_of_products(venue)
    )
    return market.a_book(
        venue,
        market.position("BIT-PERP", "LONG", "1", "90000"),
        market.position("ALT-PERP", "LONG", "100", "100"),
        cash="800",
    )


def test_budgets_follow_risk_and_what_one_lot_left_goes_to_the_other(two_lots, venue, travel):
    bob = market.a_bidder(venue, "Bob")
    market.a_bidder(venue, "Charlie")
    market.sweep("route_books")
    assert list(Lot.objects.order_by("ordinal").values_list("equity_budget", flat=True)) == [
        Decimal("378.947368"), Decimal("421.052632"),
    ]  # fmt: skip
    market.sweep()
    assert Lot.objects.get(ordinal=1).equity_budget == 530
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")
    travel(seconds=400)
    assert market.take(bob, auction, units=100).edge_bps == 400
    book = market.ended(two_lots)
    assert edges() == 670
    assert Step.objects.filter(kind="RETURN").count() == 0
    assert (book.fee, book.residual) == (130, 0)
