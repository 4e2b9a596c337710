"""The fund takes what is left, up to its limits."""

import pytest

from auctions.lifecycle import StepKind
from auctions.models import Step
from tests import market
from tests.market import a_frugal_playbook, ended

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_frugal_playbook(venue)
    return venue


def test_a_late_book_finishes_its_round_and_goes_to_the_fund_and_then_back(venue, travel):
    limits = {"fund_inventory_limit": "10000", "max_waterfall_seconds": 10}
    a_frugal_playbook(venue, **limits, max_reopenings=0, mark_max_age_seconds=86400)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="500")
    travel(seconds=10)
    for auction in (StepKind.SEALED, StepKind.DUTCH):
        market.sweep()
        travel.to(Step.objects.get(kind=auction).auction.closes_at)
    ended(book)
    steps = Step.objects.order_by("ordinal").values_list("kind", "units_placed")
    assert list(steps)[3:] == [(StepKind.FUND, 50), (StepKind.RETURN, 50)]
