"""Conditions over HTTP: what a venue reports of its markets, and who reads which regime that makes."""

import pytest

from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db

SENT = {"depth": "250000", "spread_bps": "50", "volatility_bps": "80.5", "stale_share": "0.05"}


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, max_gap_seconds=300)
    return venue


@pytest.fixture
def engine(venue):
    return build.api_client(build.a_venue_key(venue))


def test_a_report_is_answered_with_the_regime_that_it_makes_and_listed_for_both(venue, engine):
    answer = engine.post("/v1/conditions", {"product_group": "PERPS", **SENT})
    assert (answer.status_code, answer.json()["regime"]) == (200, "STRESSED")
    assert {name: answer.json()[name] for name in SENT} == SENT
    provider = build.api_client(build.a_provider_key(build.a_provider(venue)))
    for client in (engine, provider):
        assert client.get("/v1/conditions").json()["data"] == [answer.json()]
    assert provider.post("/v1/conditions", {"product_group": "PERPS", **SENT}).status_code == 403
    other = build.api_client(build.a_venue_key(build.a_venue()))
    assert other.get("/v1/conditions").json()["data"] == []


def test_silence_shows_at_once(engine, travel):
    engine.post("/v1/conditions", {"product_group": "PERPS", **SENT, "spread_bps": "1"})
    assert engine.get("/v1/conditions").json()["data"][0]["regime"] == "CALM"
    travel(seconds=301)
    assert engine.get("/v1/conditions").json()["data"][0]["regime"] == "STRESSED"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("spread_bps", "-1", "invalid"),
        ("stale_share", "1.1", "conditions_refused"),
        ("at", "2999-01-01T00:00:00Z", "conditions_refused"),
        ("at", "2000-01-01T00:00:00Z", "conditions_refused"),
        ("product_group", "NONE", "product_group_unknown"),
    ],
)
def test_what_is_refused_names_its_field(engine, field, value, code):
    answer = engine.post("/v1/conditions", {"product_group": "PERPS", **SENT, field: value})
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"
