"""A key opens what its scopes say; only a hash of it is stored."""

from contextlib import nullcontext

import pytest
from django.db import transaction

from accounts.models import ApiKey
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from accounts.rules.refusals import AccountRefusal
from auctions.simulation import cascade
from auctions.simulation.seeding import seed_market
from tests.builders import a_provider_key, a_venue, a_venue_key, api_client, perform
from tests.refusing import refused
from tests.signing import a_public_key

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


@pytest.mark.parametrize(("scopes", "may"), [(["read"], True), (["bids", "read"], False), (["webhooks"], False)])
def test_on_given_servers_what_has_a_secret_only_reads(alice, settings, scopes, may) -> None:
    settings.BEARER_KEYS_WRITE = False
    issued = {"venue": alice.venue, "provider": alice, "scopes": scopes}
    with nullcontext() if may else refused(AccountRefusal.KEY_MUST_SIGN):
        perform(issue_key, **issued)
    key, key_id = perform(issue_key, **issued, public_key=a_public_key())
    assert (key_id, key.scopes) == (key.key_id, tuple(scopes))


def test_a_demo_on_given_servers_has_secrets_that_write(settings) -> None:
    settings.BEARER_KEYS_WRITE = False
    market = perform(seed_market, plan=cascade.PLAN)
    assert set(api_client(market.key).get("/v1/me").json()["scopes"]) == set(VENUE_SCOPES)
    assert api_client(market.seats[0].key).post("/v1/cancel-all").status_code == 200


def test_on_given_servers_a_venue_signs(venue, settings) -> None:
    """Each of its scopes writes something."""
    settings.BEARER_KEYS_WRITE = False
    for scope in VENUE_SCOPES:
        with refused(AccountRefusal.KEY_MUST_SIGN):
            perform(issue_key, venue=venue, scopes=[scope])
    assert perform(issue_key, venue=venue, scopes=VENUE_SCOPES, public_key=a_public_key())


def test_a_secret_that_writes_and_was_issued_before_goes_on_to_work(alice, settings) -> None:
    secret = a_provider_key(alice)
    settings.BEARER_KEYS_WRITE = False
    assert "bids" in api_client(secret).get("/v1/me").json()["scopes"]
    assert api_client(secret).post("/v1/cancel-all").status_code == 200
