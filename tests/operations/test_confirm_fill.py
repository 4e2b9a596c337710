"""The venue says that an account gives what was allocated to it: once, and in time."""

import pytest

from accounts.models import AccountKind, Transfer
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.collateral.refuse_fill import refuse_fill
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests.builders import perform
from tests.operations.test_allocate_cash import allocate, event, lost  # noqa: F401
from tests.operations.test_loss_sharing import left
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def fill(event):  # noqa: F811
    return allocate(event).fills.get(account="anna")


def confirm(fill):
    return perform(confirm_fill, venue_id=fill.venue_id, fill_id=fill.id)


def test_confirming_twice_takes_it_once(fill) -> None:
    assert confirm(fill).taken == confirm(fill).taken == 60
    assert Transfer.objects.filter(purpose="LOSS_ALLOCATED").count() == 1
    assert left(fill.venue, AccountKind.LOSSES) == -40


def test_at_the_end_of_its_time_it_is_too_late(fill, travel) -> None:
    travel.to(fill.allocation.confirm_by)
    with refused(AccountRefusal.ALLOCATION_FILL_DECIDED):
        confirm(fill)


def test_what_was_refused_is_not_confirmed(fill) -> None:
    perform(refuse_fill, venue_id=fill.venue_id, fill_id=fill.id, reason="closed")
    with refused(AccountRefusal.ALLOCATION_FILL_DECIDED):
        confirm(fill)


def test_another_venue_does_not_know_it(fill) -> None:
    with refused(AccountRefusal.ALLOCATION_FILL_UNKNOWN):
        perform(confirm_fill, venue_id=build.a_venue("Elsewhere").id, fill_id=fill.id)
