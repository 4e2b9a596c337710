"""A standing bid is approved: at once where it offers no less than the wider one, or after the notice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.rules.terms import StandingTerms
from backstop import clock
from tests.builders import a_commitment
from tests.market import edge_for

pytestmark = pytest.mark.django_db


HOUR = timedelta(hours=1)


def test_a_narrower_commitment_that_offers_less_stands_after_the_notice_only(venue, bitcoin, alice, travel) -> None:
    now = travel.freeze()
    a_commitment(alice, min_edge_bps="50")
    narrow = propose_commitment(provider=alice, instrument="BTC-PERP", terms=StandingTerms(min_edge_bps=Decimal(300)))
    assert approve_commitment(commitment_id=narrow.id).active_at == now + HOUR
    assert edge_for(venue, bitcoin, now) == 50
    travel(hours=1)
    assert edge_for(venue, bitcoin, clock.now()) == 300


def test_a_narrower_commitment_that_offers_more_stands_at_once(venue, bitcoin, alice, travel) -> None:
    now = travel.freeze()
    a_commitment(alice, min_edge_bps="50")
    narrow = propose_commitment(provider=alice, instrument="BTC-PERP", terms=StandingTerms(min_edge_bps=Decimal(30)))
    assert approve_commitment(commitment_id=narrow.id).active_at == now
    assert edge_for(venue, bitcoin, now) == 30
