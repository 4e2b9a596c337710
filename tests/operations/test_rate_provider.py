"""How an agency rates a provider is noted with its source and its time; what covers cost goes by it."""

from datetime import timedelta

import pytest

from accounts.models import ProviderRating
from accounts.operations.covers.rate_provider import rate_provider
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def note(provider, bucket="1", *, rated=0, expires=3600) -> ProviderRating:
    now = clock.now()
    times = {"rated_at": now + timedelta(seconds=rated), "expires_at": now + timedelta(seconds=expires)}
    said = {"bucket": bucket, "source": "an agency", **times}
    return perform(rate_provider, venue_id=provider.venue_id, provider_id=provider.id, **said)


def test_it_is_noted(alice) -> None:
    rating = note(alice, "3")
    assert (rating.bucket, rating.source) == ("3", "an agency")


@pytest.mark.parametrize(("rated", "expires"), [(1, 3600), (-10, 0)])
def test_what_is_not_yet_or_over_by_now_is_none(alice, rated, expires) -> None:
    with refused(AccountRefusal.RATING_REFUSED):
        note(alice, rated=rated, expires=expires)
    assert not ProviderRating.objects.exists()
