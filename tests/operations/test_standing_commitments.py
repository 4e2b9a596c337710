"""What standing commitments offer for a lot, loaded from the database."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.desks.standing import load_standing_commitments
from accounts.lifecycle import CommitmentState
from accounts.models import CommitmentUse, Holding
from accounts.queries import LegDemand
from accounts.rules.tiers import Ladder
from backstop import clock
from tests.builders import a_commitment, a_group_of_products, a_provider, a_venue, an_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def bitcoin(venue):
    return an_instrument(venue, "BTC-PERP", price="100")


def leg(instrument, *, side="LONG", unit_notional="10") -> LegDemand:
    return LegDemand(instrument.id, instrument.product_group_id, side, Decimal(unit_notional))


def offers(venue, legs, **wishes):
    now = clock.now()
    with transaction.atomic():
        standing = load_standing_commitments([venue.id], wishes.get("received_at", now), now)
    asked: dict[str, Any] = {"unit_hold": Decimal(0), "free_collateral": {}, "received_at": now, "max_units": 100}
    return standing.offers(venue_id=venue.id, legs=legs, **{**asked, **wishes})


def test_a_commitment_without_caps_takes_the_whole_lot(venue, bitcoin) -> None:
    alice = a_provider(venue, "Alice")
    commitment = a_commitment(alice, min_edge_bps="50")
    (offer,) = offers(venue, [leg(bitcoin)])
    assert (offer.provider_id, offer.group_id) == (alice.id, alice.group_id)
    assert (offer.commitment_id, offer.min_edge_bps, offer.units, offer.draws) == (commitment.id, 50, 100, ())


def test_offers_come_with_the_lowest_edge_first(venue, bitcoin) -> None:
    for name, edge in (("Alice", "60"), ("Bob", "50")):
        a_commitment(a_provider(venue, name), min_edge_bps=edge)
    assert [offer.min_edge_bps for offer in offers(venue, [leg(bitcoin)])] == [50, 60]


def tiers(venue, legs, collateral, *, unit_hold="1", first="1000", second="500", max_edge="50") -> dict[str, int]:
    """By name, of 100 units of 10 each unless said otherwise; a unit needs 1 of collateral."""
    now = clock.now()
    with transaction.atomic():
        standing = load_standing_commitments([venue.id], now, now)
    found = standing.tiers(
        venue_id=venue.id,
        legs=legs,
        unit_hold=Decimal(unit_hold),
        collateral={venue.providers.get(name=name).id: Decimal(held) for name, held in collateral.items()},
        received_at=now,
        ladder=Ladder(Decimal(first), Decimal(second)),
        max_edge_bps=Decimal(max_edge),
        scale=6,
    )
    return {venue.providers.get(id=key).name: tier for key, tier in found.items()}


def test_tiers_come_from_commitments_as_far_as_they_are_funded(venue, bitcoin) -> None:
    for name, cap in (("Alice", "1000"), ("Bob", "999.999999"), ("Charlie", "5000"), ("Dora", "5000")):
        a_commitment(a_provider(venue, name), cap_per_assignment=cap)
    a_provider(venue, "Without")
    funded = {"Alice": "100", "Bob": "1000", "Charlie": "50", "Dora": "49.999999", "Without": "1000000"}
    assert tiers(venue, [leg(bitcoin)], funded) == {"Alice": 1, "Bob": 2, "Charlie": 2}
    assert tiers(venue, [leg(bitcoin)], funded, second="0", first="0") == {}


def test_what_is_used_of_a_window_still_counts_as_promised(venue, bitcoin) -> None:
    commitment = a_commitment(a_provider(venue), window_capacity="1000", window_seconds=60)
    CommitmentUse.objects.create(commitment=commitment, window_starts_at=clock.now(), used="900")
    assert tiers(venue, [leg(bitcoin)], {"Alice": "100"}) == {"Alice": 1}


def test_who_could_take_nothing_of_the_lot_is_of_no_better_tier(venue, bitcoin) -> None:
    for name, terms in (("Dear", {"min_edge_bps": "50.0001"}), ("Short", {"sides": "SHORT"})):
        a_commitment(a_provider(venue, name), **terms)
    suspended = a_commitment(a_provider(venue, "Suspended"), state=CommitmentState.SUSPENDED)
    just = a_commitment(a_provider(venue, "Just"), min_edge_bps="50")
    held = {one.name: "1000000" for one in venue.providers.all()}
    assert suspended.state != just.state
    assert tiers(venue, [leg(bitcoin)], held) == {"Just": 1}


def test_a_promise_that_nothing_limits_is_of_the_first_tier(venue, bitcoin) -> None:
    a_commitment(a_provider(venue))
    assert tiers(venue, [leg(bitcoin)], {}, unit_hold="0") == {"Alice": 1}


def test_the_narrower_commitment_overrides_field_by_field_and_is_named(venue, bitcoin) -> None:
    alice = a_provider(venue)
    ether = an_instrument(venue, "ETH-PERP")
    a_commitment(alice, min_edge_bps="50", cap_per_assignment="200")
    narrow = a_commitment(alice, instrument=bitcoin, min_edge_bps="80")
    (offer,) = offers(venue, [leg(bitcoin), leg(ether, side="SHORT")])
    assert (offer.commitment_id, offer.min_edge_bps) == (narrow.id, 80)
    assert offer.units == 10  # 200 over both legs, as the venue-wide cap covers them together


def test_two_lots_of_a_batch_cannot_use_the_same_window(venue, bitcoin) -> None:
    alice = a_provider(venue)
    a_commitment(alice, window_capacity="250", window_seconds=60)
    now = clock.now()
    with transaction.atomic():
        standing = load_standing_commitments([venue.id], now, now)
    asked: dict[str, Any] = {"unit_hold": Decimal(0), "free_collateral": {}, "received_at": now, "max_units": 100}
    (first,) = standing.offers(venue_id=venue.id, legs=[leg(bitcoin)], **asked)
    assert first.units == 25
    standing.note_taking(first, 20, [leg(bitcoin)])
    (second,) = standing.offers(venue_id=venue.id, legs=[leg(bitcoin)], **asked)
    assert second.units == 5
    standing.note_taking(second, 5, [leg(bitcoin)])
    assert standing.offers(venue_id=venue.id, legs=[leg(bitcoin)], **asked) == []


def test_the_held_cap_counts_what_is_held_at_the_newest_mark_and_what_the_batch_has_taken(venue, bitcoin) -> None:
    alice = a_provider(venue)
    a_commitment(alice, product_group=a_group_of_products(venue), cap_held="1000")
    Holding.objects.create(venue=venue, provider=alice, instrument=bitcoin, quantity=Decimal(-4))
    now = clock.now()
    with transaction.atomic():
        standing = load_standing_commitments([venue.id], now, now)
    asked: dict[str, Any] = {"unit_hold": Decimal(0), "free_collateral": {}, "received_at": now, "max_units": 100}
    (offer,) = standing.offers(venue_id=venue.id, legs=[leg(bitcoin)], **asked)
    assert offer.units == 60
    standing.note_taking(offer, 60, [leg(bitcoin)])
    assert standing.offers(venue_id=venue.id, legs=[leg(bitcoin)], **asked) == []


def test_collateral_limits_units_and_what_fits_exactly_fits(venue, bitcoin) -> None:
    alice = a_provider(venue)
    a_commitment(alice)
    wishes = {"unit_hold": Decimal(3)}
    assert offers(venue, [leg(bitcoin)], free_collateral={alice.id: Decimal(30)}, **wishes)[0].units == 10
    assert offers(venue, [leg(bitcoin)], free_collateral={alice.id: Decimal("29.99")}, **wishes)[0].units == 9
    assert offers(venue, [leg(bitcoin)], free_collateral={}, **wishes) == []


def test_excluded_providers_and_other_venues_offer_nothing(venue, bitcoin) -> None:
    alice, bob = a_provider(venue, "Alice"), a_provider(venue, "Bob")
    elsewhere = a_provider(a_venue(), "Charlie")
    for provider in (alice, bob, elsewhere):
        a_commitment(provider)
    found = offers(venue, [leg(bitcoin)], excluded_providers={alice.id})
    assert [offer.provider_id for offer in found] == [bob.id]
    assert offers(venue, [leg(bitcoin)], excluded_providers={alice.id, bob.id}) == []


def test_a_commitment_approved_after_the_book_was_received_offers_nothing_for_it(venue, bitcoin, travel) -> None:
    before = travel.freeze()
    travel(seconds=1)
    a_commitment(a_provider(venue))
    assert offers(venue, [leg(bitcoin)], received_at=before) == []
    assert len(offers(venue, [leg(bitcoin)], received_at=before + timedelta(seconds=1))) == 1


@pytest.mark.parametrize("providers", [2, 12])
def test_the_number_of_queries_is_the_same_for_any_number_of_commitments(
    venue, bitcoin, providers, django_assert_num_queries
) -> None:
    for number in range(providers):
        provider = a_provider(venue, f"Alice {number}")
        a_commitment(provider, window_capacity="10", window_seconds=60)
        Holding.objects.create(venue=venue, provider=provider, instrument=bitcoin, quantity=Decimal(1))
    now = clock.now()
    with transaction.atomic(), django_assert_num_queries(6):
        standing = load_standing_commitments([venue.id], now, now)
    with django_assert_num_queries(0):
        standing.offers(
            venue_id=venue.id,
            legs=[leg(bitcoin)],
            unit_hold=Decimal(0),
            free_collateral={},
            received_at=now,
            max_units=1,
        )
