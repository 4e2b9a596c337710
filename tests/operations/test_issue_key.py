"""A key opens what its scopes say; only a hash of it is stored."""

import pytest
from django.db import transaction

from accounts.models import ApiKey
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_venue, a_venue_key
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def test_only_a_hash_of_a_key_is_stored(venue) -> None:
    secret = a_venue_key(venue)
    stored = ApiKey.objects.values().get()
    prefix, code, hidden = secret.split(".")
    assert (prefix, code) == (stored["prefix"], venue.code)
    assert hidden not in str(stored)


@pytest.mark.parametrize("scopes", [[], ["read"], ["marks", "read"], ["everything"]])
def test_a_venue_key_has_no_provider_scopes(venue, scopes) -> None:
    with refused(AccountRefusal.SCOPES_REFUSED), transaction.atomic():
        issue_key(venue=venue, scopes=scopes)


def test_a_provider_key_has_no_venue_scopes_and_is_of_its_own_venue(alice) -> None:
    for venue, scopes in ((alice.venue, ["marks"]), (a_venue(), ["read"])):
        with refused(AccountRefusal.SCOPES_REFUSED), transaction.atomic():
            issue_key(venue=venue, provider=alice, scopes=scopes)
