"""The market of races: real connections, so that everybody names its key."""

from decimal import Decimal

from auctions.operations.provider.place_bids import BidOrder, place_bids
from tests import builders as build
from tests import invariants, market
from tests.builders import perform


def a_playbook(venue, **fields):
    return build.a_playbook(
        venue,
        **{
            "mark_max_age_seconds": 86400,
            "max_reopenings": 0,
            "sealed_seconds": 1,
            "cover_percent": 0,
            "fund_draw_limit": "100000",
            "fund_inventory_limit": "100000000",
            **fields,
        },
    )


def a_bidder(venue, name, **fields):
    provider = build.a_provider(venue, name, **fields)
    build.a_provider_key(provider)
    return provider, provider.api_keys.get().id


def a_linear_book(venue, reference="book-1", quantity="2"):
    return market.a_book(
        venue, market.position("BTC-PERP", "LONG", quantity, "20000"), cash="3000", reference=reference
    )


def bid(who, auction, name, units=1, edge="10"):
    provider, key = who
    order = BidOrder(auction.id, name, units, Decimal(edge), units)
    return perform(place_bids, key_id=key, provider_id=provider.id, orders=[order])[0]


def finish(travel):
    for _ in range(12):
        travel(seconds=400)
        market.sweep()
    invariants.everything_ended()
