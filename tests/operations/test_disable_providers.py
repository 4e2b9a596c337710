"""Who lets five awards fail within ten minutes takes part no more, until a person lets it again."""

from datetime import timedelta

import pytest

from accounts.lifecycle import ProviderState
from accounts.models import Provider
from auctions.lifecycle import FaultState
from auctions.models import Award, ProviderFault
from auctions.operations.operator.resume_provider import resume_provider
from auctions.rules.standing_faults import REASON, TOO_MANY, WITHIN
from backstop import clock
from backstop.models import Event
from tests import market
from tests.builders import perform

pytestmark = pytest.mark.django_db

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def awards(venue) -> list[Award]:
    """Five of Alice's, of a book each."""
    market.committed(venue, "0")
    for number in range(TOO_MANY):
        market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000", reference=f"{number}")
    market.sweep()
    return list(Award.objects.order_by("created_at"))


def found(awards, *ages: timedelta, state=FaultState.UPHELD) -> None:
    """A fault in each, found so long ago; rows alone, of which those that stand are counted."""
    now = clock.now()
    for award, age in zip(awards, ages, strict=False):
        said = {"award": award, "book": award.step.lot.book, "provider": award.provider, "state": state}
        known = {"held": 0, "amount": 0, "to_estate": 0, "drift_until": now, "contest_until": now, "upheld_at": now}
        ProviderFault.objects.create(**said, **known, created_at=now - age)
    Provider.objects.update(faults=ProviderFault.objects.filter(state=FaultState.UPHELD).count())


def test_five_within_ten_minutes_disable_and_are_told(awards) -> None:
    hour = timedelta(hours=1)
    found(awards, hour, hour, hour, hour, hour + WITHIN - MOMENT)
    assert market.sweep("disable_providers") == 1
    alice = Provider.objects.get()
    assert (alice.state, alice.state_reason) == (ProviderState.SUSPENDED, REASON)
    event = Event.objects.get(kind="provider_suspended")
    assert (event.actor, event.payload["reason"]) == ("sweep:disable_providers", REASON)
    assert market.sweep("disable_providers") == 0


def test_exactly_ten_minutes_apart_is_not_within_them(awards) -> None:
    found(awards, *[timedelta(hours=1)] * 4, timedelta(hours=1) + WITHIN)
    assert market.sweep("disable_providers") == 0


def test_only_faults_that_stand_count(awards) -> None:
    found(awards[:4], *[timedelta()] * 4)
    found(awards[4:], timedelta(), state=FaultState.CONTESTABLE)
    assert market.sweep("disable_providers") == 0


def test_a_person_enables_it_and_what_was_before_counts_no_more(awards, travel) -> None:
    found(awards, *[timedelta()] * 5)
    market.sweep("disable_providers")
    travel(seconds=1)
    perform(resume_provider, provider=Provider.objects.get(), reason="its systems were mended")
    assert market.sweep("disable_providers") == 0
    assert Provider.objects.get().state == ProviderState.ACTIVE
