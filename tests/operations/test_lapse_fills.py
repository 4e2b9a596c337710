"""What the venue says nothing of in time lapses, and may be allocated anew."""

from datetime import timedelta

import pytest

from accounts.models import AllocationFill
from tests import market
from tests.operations.test_allocate_cash import allocate, event  # noqa: F401

pytestmark = pytest.mark.django_db


def test_it_lapses_at_the_end_of_its_time_and_not_before(event, travel) -> None:  # noqa: F811
    allocation = allocate(event)
    travel.to(allocation.confirm_by - timedelta(microseconds=1))
    assert market.sweep("lapse_fills") == 0
    travel.to(allocation.confirm_by)
    assert market.sweep("lapse_fills") == 3
    assert {fill.state for fill in AllocationFill.objects.all()} == {"LAPSED"}
    assert allocate(event, reference="2").fills.count() == 3
