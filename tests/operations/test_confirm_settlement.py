"""Mode CONFIRM: what the venue confirms is settled, once."""

from decimal import Decimal

import pytest

from accounts.models import Approval, Transfer, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from auctions.lifecycle import SettlementState
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.rules.refusals import AuctionRefusal
from tests import invariants, market
from tests.builders import perform
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


def test_the_person_behind_a_key_needs_another_and_an_engine_does_not(venue):
    _, settlement = awaited(venue)
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(1), reason="four eyes")
    User.objects.create_user("olivia")
    said = {"venue_id": venue.id, "settlement_id": settlement.id}
    hers, engines = (
        perform(issue_key, actor="command:create_key", venue=venue, scopes=VENUE_SCOPES, person=person)[0]
        for person in ("olivia", None)
    )
    assert isinstance(perform(confirm_settlement, actor=f"key:{hers.prefix}", **said), Approval)
    confirmed = perform(confirm_settlement, actor=f"key:{engines.prefix}", **said)
    assert confirmed.state == SettlementState.CONFIRMED
