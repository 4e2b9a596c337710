"""A venue's notice holds from an instant on, for what is announced then."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.terms.set_venue_terms import set_venue_terms
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import VenueTerms
from backstop.queries import get_notice_seconds
from tests.builders import a_commitment, a_provider, a_venue, perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_notice_is_what_it_is_when_something_is_announced(travel) -> None:
    now = travel.freeze()
    venue = a_venue(notice_seconds=3600)
    alice = a_provider(venue)
    commitment = a_commitment(alice, min_edge_bps="50")
    at = now + timedelta(hours=2)
    perform(set_venue_terms, venue_id=venue.id, notice_seconds=60, effective_at=at, reason="faster")
    for moment, seconds, edge in ((now, 3600, "60"), (at, 60, "70")):
        travel.to(moment)
        assert get_notice_seconds(venue, clock.now()) == seconds
        perform(change_commitment, provider=alice, commitment_id=commitment.id, changes={"min_edge_bps": Decimal(edge)})
        assert commitment.terms.latest("effective_at").effective_at == moment + timedelta(seconds=seconds)


def test_what_was_set_for_later_is_void() -> None:
    venue = a_venue()
    for hours, seconds in ((5, 10), (3, 20), (0, 30)):
        at = clock.now() + timedelta(hours=hours)
        perform(set_venue_terms, venue_id=venue.id, notice_seconds=seconds, effective_at=at, reason="policy")
    assert [terms.notice_seconds for terms in VenueTerms.objects.all()] == [30]
    with refused(AccountRefusal.REASON_MISSING):
        perform(set_venue_terms, venue_id=venue.id, notice_seconds=1, reason="")
