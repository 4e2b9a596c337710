"""Who gave notice is obliged for no loss event that opens later."""

import pytest

from accounts.operations.people.leave_guarantee import leave_guarantee
from accounts.rules.refusals import AccountRefusal
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import a_venue, owing
from tests.operations.test_move_contribution import contribute, contributed
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return a_venue(travel, mark_max_age_seconds=10**7)


@pytest.fixture
def bob(venue):
    """Who has contributed, and was never called for more."""
    provider = build.a_provider(venue, "Bob")
    contribute(provider, "100")
    return provider


def obliged_for(book) -> set[str]:
    guarantee = book.loss_event.guarantee
    return set(guarantee.contributions.values_list("provider__name", flat=True)) if guarantee else set()


def test_with_an_event_a_day_its_contribution_leaves_once_those_are_final_that_opened_before(
    venue, bob, travel
) -> None:
    before = owing(venue, "0", "before", "before").loss_event
    for _ in range(2):
        perform(leave_guarantee, provider=bob)
    for day in range(3):
        assert not obliged_for(owing(venue, "0", f"{day}", f"{day}"))
        with refused(AccountRefusal.CONTRIBUTION_OBLIGED):
            contribute(bob, "-100", "out")
        travel(days=1)
    market.sweep("close_books", "end_loss_events")
    before.refresh_from_db()
    assert before.state == "FINAL"
    contribute(bob, "-100", "out")
    assert contributed(bob) == 0
    assert Event.objects.filter(kind="guarantee_left").count() == 1, "twice is once"
