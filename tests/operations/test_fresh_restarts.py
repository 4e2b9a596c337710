"""A restarted auction has nothing stale: each field is as it would be opened now, or stays for a stated reason."""

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from auctions.lifecycle import AuctionState
from auctions.models import Auction, MarketTerms
from auctions.operations.operator.restart_auction import restart_auction
from backstop import clock
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.market import an_auction as a_sealed_auction

MARKET = {field.name for field in fields(MarketTerms)}

RESET = {
    "state",
    "round",
    "judged_by",
    "halted_at",
    "halt_ends_at",
    "halt_reason",
    "halted_seconds",
    "reconfirm_since",
}

KEPT = {
    "what it is": {"id", "created_at", "step", "venue", "kind", "restarts"},
    "its rules": {
        "format",
        "price_rule",
        "first_rejected_cap_bps",
        "rationing",
        "sealed_by",
        "min_take_units",
        "outage_seconds",
    },
    "what bounds bids": {"max_bids", "min_improvement_bps"},
    "what bids and takes count in": {"disclosure", "units", "offered_units", "units_taken", "cut_units"},
    "its keys": {"sealing_key", "sealed_key", "offer_public_key", "offer_private_key"},
    "its end, which none has that is under way": {
        "awarded_at",
        "unfilled_at",
        "unfilled_reason",
        "optimal",
        "gap",
        "filling_edge_bps",
        "withdrawn_at",
    },
    "its place in the sweeps": {"retry_at", "parked_reason"},
}


def test_each_field_of_an_auction_is_the_markets_or_reset_or_kept():
    """A new field has to be put into `MarketTerms`, reset by `Auction.restart`, or named here."""
    names = [field.name for field in Auction._meta.concrete_fields]
    assert sorted([*MARKET, *RESET, *(name for kept in KEPT.values() for name in kept)]) == sorted(names)


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    for name, capacity in (("Alice", "12000"), ("Bob", "8000")):
        build.a_commitment(
            build.a_provider(venue, name), min_edge_bps="40", window_capacity=capacity, window_seconds=86400
        )
    build.a_provider(venue, "Olivia", group=build.a_group(venue, "Owner"))
    return venue


def a_playbook(venue, **more):
    fields = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000", "mark_max_age_seconds": 60}
    tiers = {"tier_1_capacity": "12000", "tier_2_capacity": "8000", "priority_seconds": 10}
    return build.a_playbook(venue, **{**fields, **tiers, "max_restarts": 1, "max_reopenings": 0, **more})


def a_dutch_auction(venue, travel, **more):
    a_sealed_auction(venue, **more)
    travel(seconds=1)
    market.sweep()
    return Auction.objects.get(kind="DUTCH")


def stale_fields(auction: Auction) -> dict[str, Any]:
    """Another value for each field that a restart has to give anew."""
    before = clock.now() - timedelta(days=1)
    hides, is_dutch = auction.band_above is not None, auction.curve is not None
    return {
        "reserve_edge_bps": 1,
        "notional": 1,
        "band_above": 1 if hides else None,
        "band_up_to": 2 if hides else None,
        "risk_percent": 1 if hides else None,
        "unit_hold": 1,
        "unit_exposure": 1,
        "base_hold": 1,
        "marks": {str(key): "1" for key in auction.marks},
        "curve": {"kind": "PIECEWISE", "knots": [["0", "1"]]} if is_dutch else None,
        "tiers": {str(uuid4()): 1},
        "priority_seconds": 77,
        "contested": True,
        "judged_by": {"a": "test"},
        "uncontested_cap_bps": 1,
        "ready_seconds": 77,
        "continuation_edge_bps": 1,
        "excluded_providers": [uuid4()],
        "opens_at": before,
        "closes_at": before + timedelta(hours=1),
        "state": AuctionState.HALTED,
        "round": 7,
        "halted_at": before,
        "halt_ends_at": before + timedelta(days=2),
        "halt_reason": "a test",
        "halted_seconds": 77,
        "reconfirm_since": before,
    }


def stored(auction: Auction) -> dict[str, Any]:
    return Auction.objects.filter(pk=auction.pk).values().get()


def restarted_after_all_was_stale(venue, auction: Auction) -> dict[str, Any]:
    stale = stale_fields(auction)
    assert stale.keys() == MARKET | RESET
    for name, value in stale.items():
        setattr(auction, name, value)
    auction.save()
    perform(restart_auction, venue_id=venue.id, auction_id=auction.id, reason="a test")
    return stored(auction)


@pytest.mark.django_db
@pytest.mark.parametrize("disclosure", ["FULL", "SIZE_BAND"])
def test_a_sealed_auction_restarted_in_the_instant_of_its_opening_is_as_it_was_opened(venue, travel, disclosure):
    a_playbook(venue, disclosure=disclosure)
    auction = a_sealed_auction(venue, owner_group="Owner")
    opened = stored(auction)
    assert opened["tiers"]
    assert opened["excluded_providers"]
    assert restarted_after_all_was_stale(venue, auction) == {**opened, "restarts": 1}


@pytest.mark.django_db
def test_a_dutch_auction_restarted_in_the_instant_of_its_opening_is_as_it_was_opened(venue, travel):
    a_playbook(venue, sealed_seconds=1, cover_percent=0)
    auction = a_dutch_auction(venue, travel, owner_group="Owner")
    opened = stored(auction)
    assert opened["tiers"]
    assert opened["excluded_providers"]
    assert opened["curve"]
    assert opened["priority_seconds"] == 10
    assert restarted_after_all_was_stale(venue, auction) == {**opened, "restarts": 1}
