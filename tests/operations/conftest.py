"""What tests of operations may ask for beside what all may."""

import pytest

from auctions.desks import seals
from tests import market


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
