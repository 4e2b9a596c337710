"""A provider says that it is there; that it does so again is not told anew."""

from datetime import timedelta

import pytest

from auctions.lifecycle import BidState
from auctions.models import Bid
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from backstop.models import Event
from tests.builders import perform
from tests.market import an_auction, order, place

pytestmark = pytest.mark.django_db


def test_each_call_counts_from_its_own_instant_and_zero_ends_it(alice, travel):
    now = travel.freeze()
    assert set_for(alice, 60).cancels_at == now + timedelta(seconds=60)
    assert set_for(alice, 10).cancels_at == now + timedelta(seconds=10), "a shorter time counts too"
    later = travel(seconds=5)
    renewed = set_for(alice, 10)
    assert (renewed.heard_at, renewed.cancels_at) == (later, later + timedelta(seconds=10))
    for _ in range(2):
        assert set_for(alice, 0).cancels_at is None
    told = Event.objects.filter(subject_id=renewed.id).order_by("id").values_list("kind", flat=True)
    assert list(told) == ["cancel_switch_armed", "cancel_switch_ended"]


@pytest.mark.parametrize(("seconds", "told"), [(10, ["cancel_switch_armed"]), (0, [])])
def test_one_that_is_due_trips_before_it_is_renewed(venue, alice, travel, seconds, told):
    auction = an_auction(venue)
    place(alice, order(auction))
    switch = set_for(alice, 5)
    travel.to(switch.cancels_at)
    renewed = set_for(alice, seconds)
    assert Bid.objects.get().state == BidState.CANCELLED
    assert renewed.cancels_at == (switch.cancels_at + timedelta(seconds=seconds) if seconds else None)
    events = Event.objects.filter(subject_id=switch.id).order_by("id").values_list("kind", flat=True)
    assert list(events) == ["cancel_switch_armed", "cancel_switch_tripped", *told]


def set_for(provider, seconds):
    return perform(set_cancel_switch, provider_id=provider.id, seconds=seconds)
