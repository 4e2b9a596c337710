"""What nobody took goes back to the venue at the marks of the intake."""

import pytest

from auctions.lifecycle import BookState
from auctions.models import Award
from auctions.tasks import run_stage
from tests import invariants, market

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel, coins=True)
    market.a_frugal_playbook(venue)
    return venue


def test_nobody_at_all_ends_by_time_alone_and_goes_back_at_intake_marks(venue, travel):
    book = market.a_book(
        venue, market.position("BTC-PERP", "LONG", "1", "21000"), market.position("ETH-USD", "LONG", "10"), cash="500"
    )
    for _ in range(60):
        travel(seconds=60)
        for stage in market.STAGES:
            run_stage(stage)
    book.refresh_from_db()
    assert book.state == BookState.CLOSED
    assert set(Award.objects.values_list("beneficiary", "edge_bps")) == {("VENUE", 0)}
    assert book.fee == 0
    invariants.everything_ended()
