"""An outage is noticed by whoever comes first, a sweep or somebody who acts: nobody loses time by the others."""

from datetime import timedelta

import pytest

from auctions.lifecycle import SettlementState
from auctions.models import Auction, Book, Settlement, Step
from auctions.operations.provider.quote_take import quote_take
from auctions.operations.sweeps.beat_venues import beat_venues
from auctions.tasks import run_stage
from backstop.models import Event
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.races.market import a_linear_book, a_playbook, finish
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)

LOST = timedelta(minutes=30)


def test_takes_words_and_sweeps_at_the_end_of_an_outage_lose_nobody_any_time(venue, travel):
    """Of all who come at once: takes are paid the edge of before, the venue's word is in
    time, and what was lost is put off once."""
    travel.freeze()
    a_playbook(venue, settlement_mode="CONFIRM", dutch_seconds=60, max_waterfall_seconds=3600)
    takers = [build.a_provider(venue, f"Taker {number}") for number in range(3)]
    a_linear_book(venue)
    market.sweep()
    travel(seconds=1)
    market.sweep()
    auction = Auction.objects.get(kind="DUTCH")
    market.take(takers[0], auction, "first", units=10)
    settlement, book = Settlement.objects.get(), Book.objects.get()
    perform(beat_venues, venues=())
    travel(seconds=20)
    before = perform(quote_take, provider_id=takers[0].id, auction_id=auction.id).edge_bps
    travel.outage(seconds=LOST.total_seconds())

    def beat():
        perform(beat_venues, venues=())

    stages = ("close_auctions", "expire_settlements", "pass_lots_on")
    takes = [lambda who=who: market.take(who, auction, units=5).edge_bps for who in takers]
    sweeps = [lambda stage=stage: run_stage(stage) for stage in stages]
    outcomes = together(beat, *takes, beat, *sweeps, lambda: market.confirm(venue, settlement).state, beat)

    assert outcomes[1:4] == [before] * 3
    assert outcomes[-2] == SettlementState.CONFIRMED
    assert not any(isinstance(each, Exception) for each in outcomes)
    beat()
    closes_at, waterfall_until = auction.closes_at, book.waterfall_until
    auction.refresh_from_db()
    book.refresh_from_db()
    assert (auction.closes_at, auction.state) == (closes_at + LOST, "OPEN")
    assert book.waterfall_until == waterfall_until + LOST
    assert Event.objects.filter(subject_id=auction.id, kind="auction_halted").count() == 1
    assert not Step.objects.exclude(parked_reason="").exists()
    invariants.hold()
    finish(travel)
