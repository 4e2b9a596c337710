"""What the venue does not decide in time comes back, and nobody is at fault but the venue."""

from datetime import timedelta

import pytest

from auctions.lifecycle import SettlementState
from auctions.models import AtFault, Settlement
from auctions.rules.refusals import AuctionRefusal
from tests import builders as build
from tests import invariants, market
from tests.market import awaited, confirm, reject
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


def test_the_time_for_confirming_ends_at_its_last_instant(venue, travel):
    alice, settlement = awaited(venue)
    travel.to(settlement.confirm_by - timedelta(microseconds=1))
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert settlement.state == SettlementState.AWAITING
    travel.to(settlement.confirm_by)
    with refused(AuctionRefusal.SETTLEMENT_EXPIRED):
        confirm(venue, settlement)
    with refused(AuctionRefusal.SETTLEMENT_EXPIRED):
        reject(venue, settlement)
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert (settlement.state, settlement.fault) == (SettlementState.EXPIRED, AtFault.VENUE)
    assert build.provider_account(alice).free == 1_000_000
    invariants.hold()


def test_a_venue_that_never_confirms_gets_everything_back_in_the_end(venue, travel):
    awaited(venue)
    for _ in range(60):
        travel(seconds=40)
        market.sweep()
    invariants.everything_ended()
    assert {s.state for s in Settlement.objects.filter(award__beneficiary="PROVIDER")} == {SettlementState.EXPIRED}
