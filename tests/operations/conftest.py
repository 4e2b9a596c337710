"""What tests of operations may ask for beside what all may."""

import pytest

from auctions.desks import seals
from tests import builders as build
from tests import market


@pytest.fixture(autouse=True)
def done_once(deeds_are_kept: None) -> None:
    """What tests do alike."""


@pytest.fixture
def venue(travel):
    """A frozen clock, a perpetual at 20,000, and a playbook without surprises."""
    venue = market.a_market(travel)
    market.a_playbook(venue)
    return venue


@pytest.fixture
def forgotten(monkeypatch):
    """A process that remembers no key."""
    monkeypatch.setattr(seals, "_kept", {})


@pytest.fixture
def bitcoin(venue):
    return venue.instruments.get(symbol="BTC-PERP")


@pytest.fixture
def alice(venue):
    return market.a_bidder(venue, "Alice")


@pytest.fixture
def bob(venue):
    return market.a_bidder(venue, "Bob")


@pytest.fixture
def owner(venue):
    return build.a_group(venue, "Owner")


@pytest.fixture
def auction(venue, owner):
    """A sealed auction of an account of the group Owner, which is not reopened."""
    market.a_playbook(venue, max_reopenings=0)
    return market.an_auction(venue, owner_group="Owner")
