"""The price clock of Dutch auctions: its curve is fixed at the opening, whose money pays in which phase, and when."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from auctions.models import Auction, Award, Playbook
from auctions.operations.operator.add_playbook import add_playbook
from auctions.rules.curves import Piecewise, curve_of
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Mark
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db
EXPONENTIAL = {"kind": "EXPONENTIAL", "cut": "0.99"}
WITH_FUND_PHASE = {"kind": "PIECEWISE", "fund_seconds": 10}


@pytest.fixture
def venue(travel):
    """Alice is alone; playbooks here pay one alone as much as their cap, 500 bps."""
    venue = market.a_market(travel)
    build.a_provider(venue, "Alice")
    return venue


def an_auction(venue, travel, cash="3000", **fields):
    """100 units of 400 each; 1 bps of all of it is 4."""
    limits = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000"}
    market.a_dutch_playbook(venue, **limits, **fields)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash=cash)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    return Auction.objects.get(kind="DUTCH")


def take_after(venue, travel, auction, seconds, units=10):
    """Alice's take so many seconds after the opening."""
    travel.to(auction.opens_at + timedelta(microseconds=int(Decimal(seconds) * 10**6)))
    build.a_mark(Mark.objects.get().instrument, "20000")
    taken = market.take(venue.providers.get(name="Alice"), auction, f"t{seconds}", units)
    invariants.hold()
    return taken


@pytest.mark.parametrize(
    ("fields", "edges"),
    [
        # 10,000 x (1 - 0.99 ^ seconds), smoothly; the cap is reached after 5.1 seconds
        ({"dutch_curve": EXPONENTIAL}, {"0": "0", "0.5": "50.1256", "1": "100", "2": "199", "5.2": "500"}),
        ({"dutch_curve": EXPONENTIAL, "dutch_start_bps": "-100"}, {"0": "-100", "1": "1"}),
        (
            {"dutch_curve": {"kind": "STAIRSTEP", "cut": "0.99", "step_seconds": 5}},
            {"4.999999": "0", "5": "100", "9.999999": "100", "10": "199", "25": "490.0995", "30": "500"},
        ),
    ],
)
def test_a_take_gets_the_edge_of_the_playbooks_curve_at_most_the_cap(venue, travel, fields, edges):
    auction = an_auction(venue, travel, **fields)
    for seconds, edge in edges.items():
        assert take_after(venue, travel, auction, seconds).edge_bps == Decimal(edge)


def test_a_partial_take_does_not_restart_the_clock(venue, travel):
    auction = an_auction(venue, travel)
    edges = [take_after(venue, travel, auction, seconds).edge_bps for seconds in (9, 18, 27)]
    assert edges == [100, 200, 300]


@pytest.mark.parametrize(
    ("cash", "knots"),
    [
        ("800", ((0, 0), (45, 200), (55, 500))),  # 2 % of 40,000 is the estate's
        ("0", ((0, 0), (10, 500))),
        ("2000", ((0, 0), (45, 500))),  # all of the cap
        ("1999.99", ((0, 0), (45, Decimal("499.9975")), (55, 500))),
    ],
)
def test_the_fund_pays_in_a_phase_of_its_own_from_what_the_estate_can_pay(venue, travel, cash, knots):
    auction = an_auction(venue, travel, cash=cash, dutch_curve=WITH_FUND_PHASE)
    assert curve_of(auction.curve) == Piecewise(tuple((Decimal(at), Decimal(edge)) for at, edge in knots))


@pytest.mark.parametrize(("seconds", "edge", "of_fund"), [("45", "200", 0), ("45.1", "203", 12), ("50", "350", 600)])
def test_the_fund_pays_nothing_until_its_phase_begins(venue, travel, seconds, edge, of_fund):
    auction = an_auction(venue, travel, cash="800", dutch_curve=WITH_FUND_PHASE)
    assert take_after(venue, travel, auction, seconds, units=100).edge_bps == Decimal(edge)
    award = Award.objects.get()
    assert (award.fund_part, award.equity_part) == (of_fund, 800)
    market.sweep()
    invariants.everything_ended()


def test_without_a_fund_phase_the_edge_rises_in_one_line_whoever_pays(venue, travel):
    auction = an_auction(venue, travel, cash="0")
    assert auction.curve == {"kind": "PIECEWISE", "knots": (("0", "0"), ("45", "500"))}


@pytest.mark.parametrize(
    ("curve", "pointer", "problem"),
    [
        ({"kind": "EXPONENTIAL", "cut": "0"}, "/cut", "above 0 and at most 1"),
        ({"kind": "STAIRSTEP", "cut": "1.000001"}, "/cut", "above 0 and at most 1"),
        ({"kind": "STAIRSTEP", "cut": 0.99}, "/cut", "must be a decimal number"),
        ({"kind": "STAIRSTEP", "step_seconds": 0}, "/step_seconds", "at least 1"),
        ({"kind": "STAIRSTEP", "step_seconds": "5"}, "/step_seconds", "whole number"),
        ({"kind": "STAIRSTEP", "fund_seconds": 1}, "/fund_seconds", "which has cut, step_seconds"),
        ({"kind": "PIECEWISE", "ramp_seconds": 0}, "/ramp_seconds", "at least 1"),
        ({"kind": "PIECEWISE", "fund_seconds": -1}, "/fund_seconds", "not be negative"),
        ({"kind": "SPLINE"}, "/kind", "one of PIECEWISE, EXPONENTIAL, STAIRSTEP"),
        ({"ramp_seconds": 45}, "/kind", "is missing"),
        ("PIECEWISE", "", "an object"),
    ],
)
def test_a_playbook_with_a_senseless_curve_is_refused(venue, curve, pointer, problem):
    with refused(AuctionRefusal.DUTCH_CURVE_REFUSED, match=problem) as refusal:
        perform(add_playbook, venue=venue, reason="a test", parameters={"dutch_curve": curve})
    assert refusal.value.faults[0].pointer == f"/dutch_curve{pointer}"
    assert not Playbook.objects.exists()


def test_a_version_keeps_the_parameters_that_its_curve_left_to_their_defaults(venue):
    stairs = {"dutch_curve": {"kind": "STAIRSTEP", "step_seconds": 5}}
    playbook = perform(add_playbook, venue=venue, reason="a test", parameters=stairs)
    assert playbook.dutch_curve == {"kind": "STAIRSTEP", "cut": "0.999", "step_seconds": 5}
    assert build.a_playbook(venue).dutch_curve == {"kind": "PIECEWISE", "ramp_seconds": 45, "fund_seconds": 0}


def test_a_curve_without_a_kind_cannot_be_stored(venue):
    with pytest.raises(IntegrityError, match="playbook_curve_has_a_kind"):
        build.a_playbook(venue, dutch_curve={"ramp_seconds": 45})
