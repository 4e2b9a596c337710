"""Mode CONFIRM: what the venue confirms is settled, once."""

import pytest

from accounts.models import Transfer
from auctions.lifecycle import SettlementState
from auctions.rules.refusals import AuctionRefusal
from tests import invariants, market
from tests.market import awaited, confirm, reject
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    return venue


def test_what_is_confirmed_settles_once(venue):
    _, settlement = awaited(venue)
    assert not Transfer.objects.filter(purpose="EDGE").exists()
    for _ in range(2):
        assert confirm(venue, settlement).state == SettlementState.CONFIRMED
    market.sweep()
    assert confirm(venue, settlement).state == SettlementState.SETTLED
    assert Transfer.objects.filter(purpose="EDGE").get().amount == 200
    with refused(AuctionRefusal.SETTLEMENT_DECIDED):
        reject(venue, settlement)
    invariants.everything_ended()
