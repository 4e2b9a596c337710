"""Margin calls end by time alone."""

import pytest

from accounts.models import MarginCall
from backstop.models import Event
from tests import market
from tests.margin_calls import a_cover, call, cure, repay
from tests.operations.test_loss_sharing import clean

pytestmark = pytest.mark.django_db


@pytest.fixture
def cover(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=10**8)
    return a_cover(venue)


def ended(called: MarginCall) -> str:
    market.sweep("end_margin_calls")
    called.refresh_from_db()
    return called.state


def test_silence_lets_it_lapse_at_its_instant_and_insurers_are_told(cover, travel) -> None:
    called = call(cover)
    travel(seconds=3599.999999)
    assert ended(called) == "CALLED"
    travel(microseconds=1)
    assert ended(called) == ended(called) == "LAPSED"
    assert Event.objects.filter(kind="margin_call_lapsed").count() == 2
    clean()


def test_what_does_not_come_back_in_time_is_said_to_be_lost_here(cover, travel) -> None:
    """Of 1,000 at 10 % for 30 days; 8.219178 of interest."""
    cured = cure(call(cover))
    repay(cured, "400")
    travel.to(cured.repay_by)
    travel(seconds=86400)
    assert ended(cured) == "EXPIRED"
    (told,) = Event.objects.filter(kind="cure_expired")
    assert (told.provider_id, told.payload["left"], told.payload["interest"]) == (cured.cured_by_id, "600", "4.931506")
    clean()


def test_what_was_repaid_does_not_expire(cover, travel) -> None:
    cured = cure(call(cover))
    repay(cured, "1000")
    travel.to(cured.repay_by)
    assert ended(cured) == "REPAID"
