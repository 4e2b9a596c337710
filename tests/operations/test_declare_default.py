"""A declared default stops withdrawals, and nothing more, until another person confirms it or it lapses."""

from datetime import timedelta

import pytest

from accounts.lifecycle import DefaultState
from accounts.models import Ground, ProviderDefault, User
from accounts.operations.people.declare_default import NOT_HEARD_FOR, declare_default
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def olivia():
    return User.objects.create(username="olivia")


@pytest.fixture
def under_water(venue):
    """Thirty bitcoins long at 10 % of margin, which a fall by a quarter uses up."""
    alice = market.committed(venue)
    market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "30", "20000"), cash="9000"))
    market.mark_again("15000")
    return alice


def declare(provider, ground: Ground = Ground.PAYMENT_MISSED, actor: str = "user:olivia") -> ProviderDefault:
    return perform(declare_default, actor=actor, provider=provider, ground=ground, reason="a test")


def test_what_is_declared_stops_withdrawals_and_nothing_more(venue, olivia) -> None:
    alice = market.a_bidder(venue)
    auction = market.an_auction(venue)
    default = declare(alice)
    assert default.confirm_by - default.declared_at == timedelta(seconds=3600)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(alice, "-1")
    build.pay_in(alice, "1")
    assert market.code(alice, auction) is None


def test_it_lapses_at_its_instant_and_can_be_declared_anew_by_another_or_a_day_later(venue, olivia, travel) -> None:
    alice = build.a_provider(venue)
    default = declare(alice)
    travel(seconds=3599)
    assert market.sweep("lapse_defaults") == 0
    travel(seconds=1)
    assert market.sweep("lapse_defaults") == 1
    default.refresh_from_db()
    assert (default.state, default.lapsed_at) == (DefaultState.LAPSED, default.confirm_by)
    build.pay_in(alice, "-1")
    travel.to(default.lapsed_at + NOT_HEARD_FOR - timedelta(microseconds=1))
    with refused(AccountRefusal.GROUND_MISSING):
        declare(alice)
    User.objects.create(username="peter")
    other = declare(alice, actor="user:peter")
    travel.to(other.confirm_by)
    market.sweep("lapse_defaults")
    assert declare(alice).state == DefaultState.DECLARED


def test_that_equity_is_below_the_requirement_has_to_be_so(venue, olivia) -> None:
    with refused(AccountRefusal.GROUND_MISSING):
        declare(build.a_provider(venue), Ground.EQUITY_BELOW_REQUIREMENT)


def test_a_provider_under_water_gives_ground(under_water, olivia) -> None:
    assert declare(under_water, Ground.EQUITY_BELOW_REQUIREMENT).ground == Ground.EQUITY_BELOW_REQUIREMENT


def test_one_is_declared_at_a_time_and_by_somebody_who_is_known(venue, olivia) -> None:
    alice = build.a_provider(venue)
    with refused(AccountRefusal.PERSON_UNKNOWN):
        declare(alice, actor="command:a test")
    declare(alice)
    with refused(AccountRefusal.PROVIDER_IN_DEFAULT):
        declare(alice)
