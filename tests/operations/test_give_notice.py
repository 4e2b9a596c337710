"""Whoever is party to a cover may give notice; after it, or with the term, it stands for no further event."""

from datetime import timedelta

import pytest

from accounts.operations.covers.give_notice import give_notice
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests import covers
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def notice(cover, provider=None, reason="a test"):
    whose = {"venue_id": cover.venue_id, "provider_id": provider and provider.id}
    return perform(give_notice, cover_id=cover.id, reason=reason, **whose)


@pytest.mark.parametrize("of_venue", [True, False])
def test_it_ends_after_the_notice(venue, alice, of_venue) -> None:
    cover = covers.active(venue, {alice: 10_000})
    after = notice(cover, None if of_venue else alice)
    assert after.ends_at == cover.active_at + timedelta(days=1)
    assert Event.objects.filter(kind="cover_noticed").count() == 1


def test_again_or_shortly_before_the_end_it_changes_nothing(venue, alice, travel) -> None:
    cover = covers.active(venue, {alice: 10_000})
    travel.to(cover.ends_at - timedelta(days=1))
    assert notice(cover).ends_at == cover.ends_at
    assert not Event.objects.filter(kind="cover_noticed").exists()


def test_what_does_not_stand_and_who_is_no_party_is_refused(venue, alice, bob) -> None:
    cover = covers.active(venue, {alice: 10_000})
    with refused(AccountRefusal.COVER_UNKNOWN):
        notice(cover, bob)
    with refused(AccountRefusal.REASON_MISSING):
        notice(cover, reason=" ")
    with refused(AccountRefusal.COVER_NOT_IN_STATE):
        notice(covers.drafted(venue, {alice: 10_000}))
