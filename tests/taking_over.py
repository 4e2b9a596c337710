"""A market in which insurers may take over what is left of a lot before its first auction."""

from decimal import Decimal

from accounts.models import Provider
from auctions.models import Award, Lot
from auctions.operations.provider.take_lot_over import take_lot_over
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import perform


def a_market(travel):
    venue = market.a_market(travel)
    a_playbook(venue)
    return venue


def a_playbook(venue, **said):
    """Commitments are bids, so that an auction is what comes first."""
    fields = {"assign": "AS_BIDS", "fund_draw_limit": "5000", "mark_max_age_seconds": 60, "cover_percent": 0}
    return build.a_playbook(venue, **{**fields, **said})


def insuring(venue, name="Ines", edge="50", beside=None, **said) -> Provider:
    """Who may take over for that edge at most, in ten seconds; as may who insures half of it `beside`."""
    provider = build.a_provider(venue, name, collateral="100000")
    parts = {provider: 5000, beside: 5000} if beside else {provider: 10_000}
    covers.active(venue, parts, **{"take_edge_bps": Decimal(edge), "take_seconds": 10, **said})
    return provider


def liquidated(venue, **said) -> Lot:
    """Of 2 bitcoins at 20,000, in 100 units of 400."""
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", **said)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    return Lot.objects.get()


def take(provider: Provider, lot: Lot, units: int = 100) -> list[Award]:
    key = provider.api_keys.first() or market.issued_key(provider)
    taken: list[Award] = perform(take_lot_over, key_id=key.id, provider_id=provider.id, lot_id=lot.id, units=units)
    invariants.hold()
    return taken
