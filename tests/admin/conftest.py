"""A market with something in every list, and a superuser who looks at it."""

import pytest
from django.test import Client

from accounts.lifecycle import CommitmentState
from accounts.models import Provider, User
from auctions.models import Auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.place_bids import BidOrder, place_bids
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.kept import kept
from tests.people import signed_in


@pytest.fixture(autouse=True)
def done_once(deeds_are_kept: None) -> None:
    """What tests do alike."""


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("operator", password="of the house")


@pytest.fixture
def client(superuser: User) -> Client:
    return signed_in(superuser)


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = build.a_venue("north", fund="100000")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_cap(venue, "1000000")
    build.a_playbook(venue, fund_draw_limit="5000", fund_inventory_limit="1000000", mark_max_age_seconds=3600)
    return venue


@pytest.fixture
def people(venue) -> dict[str, Provider]:
    return {name: build.a_provider(venue, name) for name in ("Alice", "Bob")}


@pytest.fixture
def proposed(people):
    build.a_commitment(people["Bob"], cap_per_assignment="10000", window_capacity="90000", window_seconds=3600)
    return build.a_commitment(people["Alice"], state=CommitmentState.PROPOSED, cap_per_assignment="5000")


@pytest.fixture
def sealed(venue, proposed, people) -> Auction:
    """An open sealed auction in which Alice has bid 7 units at 123.4567."""
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000")
    market.sweep()
    auction = Auction.objects.get()
    bid(people["Alice"], auction, units=7, edge="123.4567")
    return auction


@pytest.fixture
def decided(sealed, travel) -> Auction:
    """The same auction and all that follows it, until its book is closed."""
    perform(set_breaker, venue_id=sealed.venue_id, auction_id=sealed.id, level=1, reason="a test")
    for seconds in (30, 15, 30, 60, 60):
        travel(seconds=seconds)
        market.sweep()
    sealed.refresh_from_db()
    return sealed


@kept
def bid(provider: Provider, auction: Auction, *, units: int, edge: str) -> None:
    from decimal import Decimal

    build.a_provider_key(provider)
    key = provider.api_keys.latest("created_at").id
    order = BidOrder(auction.id, "b1", units, Decimal(edge), max_units=10)
    (placed,) = perform(place_bids, key_id=key, provider_id=provider.id, orders=[order])
    assert placed.code is None
