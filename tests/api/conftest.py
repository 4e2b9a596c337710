"""A market with a playbook and one who bids in it, where a test says of its own neither."""

import pytest

from tests import market
from tests.builders import a_provider


@pytest.fixture(autouse=True)
def done_once(deeds_are_kept: None) -> None:
    """What tests do alike."""


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue)
    return venue


@pytest.fixture
def alice(venue):
    return a_provider(venue)
