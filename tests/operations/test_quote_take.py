"""Quotes: what a take would get and need at this instant, and where its price goes; nothing is changed by asking."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.rules.refusals import AccountRefusal
from auctions.models import Auction
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.provider.quote_take import quote_take
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Mark
from backstop.refusals import GroundRefusal
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    build.an_instrument(venue, "ETH-USD", build.SPOT, price="200", margin_rate="0.05", quantity_step="0.1")
    build.a_provider(venue, "Alice")
    build.a_provider(venue, "Bob")
    return venue


def an_auction(venue, travel, positions=(), **fields):
    """100 units of 400 each unless other positions are given."""
    values = {
        "fund_draw_limit": "5000",
        "fund_inventory_limit": "1000000",
        "sealed_seconds": 1,
        "max_reopenings": 0,
        "uncontested_caps_bps": [500],
        **fields,
    }
    build.a_playbook(venue, **values)
    positions = positions or (market.position("BTC-PERP", "LONG", "2", "20000"),)
    market.a_book(venue, *positions, cash="3000")
    market.sweep()
    travel(seconds=1)
    market.sweep()
    return Auction.objects.get(kind="DUTCH")


def alice(venue):
    return venue.providers.get(name="Alice")


def quote(venue, auction, units=None, name="Alice"):
    return quote_take(provider_id=venue.providers.get(name=name).id, auction_id=auction.id, units=units)


def on(travel, auction, seconds):
    travel.to(auction.opens_at + timedelta(seconds=seconds))
    for mark in Mark.objects.all():
        build.a_mark(mark.instrument, str(mark.price))


def after(auction, seconds):
    return auction.opens_at + timedelta(seconds=seconds)


def test_a_quote_says_all_that_a_taker_needs(venue, travel):
    auction = an_auction(venue, travel, min_take_units=10)
    on(travel, auction, 9)
    said = quote(venue, auction, 95)
    assert (said.at, said.closes_at, said.book_version) == (after(auction, 9), auction.closes_at, 1)
    assert (said.units, said.units_left, said.valid_sizes) == (90, 100, ((10, 90), (100, 100)))
    assert (said.edge_bps, said.margin_needed, said.margin_free) == (100, 3600, 1_000_000)
    assert (said.access, said.access_from) == (True, auction.opens_at)
    assert said.schedule == ((after(auction, 45), 500),)
    assert quote(venue, auction).units == 100


@pytest.mark.parametrize("units", [1, 7, 10, 93, 100])
@pytest.mark.parametrize("start", ["0", "-30", "12.3456"])
def test_the_margin_is_exactly_what_the_take_of_that_instant_needs(venue, travel, units, start):
    """Uneven legs, spot among them, a payment or an edge: one micro less than quoted is refused, the quote suffices."""
    positions = (market.position("BTC-PERP", "LONG", "1.337", "19000"), market.position("ETH-USD", "LONG", "33.3"))
    auction = an_auction(venue, travel, positions, dutch_start_bps=start)
    market.take(alice(venue), auction, units=3)
    if units == 100:
        units = 97
    needed = quote(venue, auction, units).margin_needed
    short, exact = Decimal("0.000001"), Decimal(0)
    for missing in (short, exact):
        build.a_provider(venue, f"Short of {missing}", collateral=str(needed - missing))
    with refused(AuctionRefusal.MARGIN_INSUFFICIENT):
        market.take(venue.providers.get(name=f"Short of {short}"), auction, units=units)
    taker = venue.providers.get(name=f"Short of {exact}")
    assert market.take(taker, auction, units=units).units == units
    assert build.provider_account(taker).free == 0
    invariants.hold()


def test_what_is_quoted_is_what_a_take_of_the_instant_gets(venue, travel):
    auction = an_auction(venue, travel, dutch_curve={"kind": "EXPONENTIAL", "cut": "0.995"}, min_take_units=7)
    for number, units in enumerate((8, 20, 50)):
        on(travel, auction, 1.7 * number)
        said = quote(venue, auction, units)
        taken = market.take(alice(venue), auction, f"t{number}", units)
        assert (taken.units, taken.edge_bps) == (said.units, said.edge_bps)


def test_the_edges_of_the_schedule_are_those_of_takes_at_its_instants(venue, travel):
    auction = an_auction(venue, travel, dutch_curve={"kind": "STAIRSTEP", "cut": "0.99", "step_seconds": 5})
    on(travel, auction, 7)
    said = quote(venue, auction)
    # the seventh step is the first at the cap
    assert [at for at, _ in said.schedule] == [after(auction, seconds) for seconds in (10, 15, 20, 25, 30)]
    assert [edge for _, edge in said.schedule][-2:] == [Decimal("490.0995"), 500]
    for number, (at, edge) in enumerate(said.schedule):
        travel.to(at)
        assert market.take(alice(venue), auction, f"t{number}", 1).edge_bps == edge


def test_after_the_last_knot_nothing_lies_ahead(venue, travel):
    auction = an_auction(venue, travel)
    on(travel, auction, 45)
    assert (quote(venue, auction).edge_bps, quote(venue, auction).schedule) == (500, ())


def test_whose_time_has_not_come_is_told_when_it_does(venue, travel):
    build.a_commitment(alice(venue), min_edge_bps="340", cap_per_assignment="9000")
    auction = an_auction(
        venue, travel, tier_1_capacity="9000", tier_2_capacity="9000", priority_seconds=10, units_per_lot=10
    )
    on(travel, auction, 4)
    first, later = quote(venue, auction), quote(venue, auction, name="Bob")
    assert (first.access, first.access_from) == (True, auction.opens_at)
    assert (later.access, later.access_from) == (False, after(auction, 10))
    assert first.schedule == later.schedule == ((after(auction, 10), 0), (after(auction, 55), 500))
    with refused(AuctionRefusal.TAKE_TOO_EARLY):
        market.take(venue.providers.get(name="Bob"), auction)
    on(travel, auction, 10)
    assert quote(venue, auction, name="Bob").access


def test_a_quote_is_refused_where_a_take_would_be(venue, travel):
    owner = build.a_provider(venue, "Owner")
    auction = an_auction(venue, travel, min_take_units=10)
    cases = [
        (0, AuctionRefusal.UNITS_NOT_POSITIVE),
        (-1, AuctionRefusal.UNITS_NOT_POSITIVE),
        (9, AuctionRefusal.UNITS_BELOW_MINIMUM),
    ]
    for units, refusal in cases:
        with refused(refusal):
            quote(venue, auction, units)
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        quote(venue, Auction(id=uuid4()))
    with refused(AuctionRefusal.AUCTION_UNKNOWN):
        quote_take(provider_id=build.a_provider(build.a_venue()).id, auction_id=auction.id)
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        quote(venue, Auction.objects.get(kind="SEALED"))
    Auction.objects.filter(id=auction.id).update(excluded_providers=[owner.id])
    with refused(AuctionRefusal.PROVIDER_EXCLUDED):
        quote(venue, auction, name="Owner")
    perform(suspend_provider, provider=alice(venue), reason="a test")
    with refused(AccountRefusal.PROVIDER_SUSPENDED):
        quote(venue, auction)


def test_nothing_is_quoted_at_marks_that_nothing_is_sold_at(venue, travel):
    auction = an_auction(venue, travel)
    travel(seconds=61)
    Auction.objects.update(closes_at=auction.closes_at + timedelta(seconds=60))
    with refused(GroundRefusal.MARK_STALE):
        quote(venue, auction)
    Auction.objects.update(closes_at=auction.opens_at + timedelta(seconds=61))
    with refused(AuctionRefusal.AUCTION_NOT_OPEN):
        quote(venue, auction)


def test_asking_changes_and_locks_nothing(venue, travel):
    auction = an_auction(venue, travel)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        quote(venue, auction, 10)
    for query in asked.captured_queries:
        assert query["sql"].startswith("SELECT")
        assert "FOR " not in query["sql"]
        assert "lock" not in query["sql"]
