"""Time in which nothing ran is nobody's time to act: whatever is called a deadline is put off, and by as much."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.conf import settings

from accounts.models import Commitment, CommitmentTerms, LossEvent
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.rules.terms import StandingTerms
from auctions.lifecycle import SettlementState, StepKind, StepState
from auctions.models import Auction, Book, CancelSwitch, ProviderFault, Settlement, Step
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from auctions.operations.sweeps.beat_venues import beat_venues
from backstop import clock
from backstop.models.base import DeadlineField
from tests import builders as build
from tests import invariants, market
from tests.builders import perform

pytestmark = pytest.mark.django_db

DEADLINES = [
    (model, field.name)
    for app in settings.HOUSE
    for model in apps.get_app_config(app).get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, DeadlineField)
]
LOST = timedelta(seconds=44)
INSTANT = timedelta(microseconds=1)


def beat():
    perform(beat_venues, venues=())


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    beat()
    return venue


def a_book_to_be_cured(venue):
    build.a_playbook(venue, cure_seconds=60, max_waterfall_seconds=1800, mark_max_age_seconds=86400)
    return market.a_plain_book(venue)


def its_first_step(venue):
    a_book_to_be_cured(venue)
    market.sweep("route_books")
    return Step.objects.get()


def a_step_that_queues(venue):
    market.a_queueing_playbook(venue, sealed_seconds=500)
    build.a_cap(venue, "20000")
    market.a_bitcoin_book(venue, "first")
    return market.step_of(market.a_bitcoin_book(venue, "second"))


def an_auction(venue):
    market.a_playbook(venue, mark_max_age_seconds=86400)
    return market.an_auction(venue)


def a_halted_auction(venue):
    auction = an_auction(venue)
    perform(set_breaker, venue_id=venue.id, level=3, reason="a test")
    market.sweep("close_auctions")
    return auction


def an_awaited_settlement(venue):
    market.a_confirming_playbook(venue)
    return market.awaited(venue)[1]


def its_loss_event(venue):
    return a_book_to_be_cured(venue).loss_event


def a_narrower_commitment(venue):
    build.a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    build.a_commitment(alice, min_edge_bps="50")
    narrow = propose_commitment(provider=alice, instrument="BTC-PERP", terms=StandingTerms(min_edge_bps=Decimal(300)))
    return approve_commitment(commitment_id=narrow.id)


def terms_announced(venue):
    build.a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    commitment = build.a_commitment(alice, min_edge_bps="50")
    perform(change_commitment, provider=alice, commitment_id=commitment.id, changes={"min_edge_bps": Decimal(90)})
    return commitment.terms.latest("effective_at")


def a_fault_that_is_counted(venue):
    market.a_confirming_playbook(venue)
    market.failed_award(venue)
    ProviderFault.objects.update(
        state="CONTESTABLE", amount=0, to_estate=0, contest_until=clock.now() + timedelta(hours=1)
    )
    return ProviderFault.objects.get()


def a_contested_fault(venue):
    return market.contest(a_fault_that_is_counted(venue))


def an_armed_switch(venue):
    an_auction(venue)
    return perform(set_cancel_switch, provider_id=build.a_provider(venue, "Alice").id, seconds=60)


# A row of each that is under way, and whose deadline is yet to come.
WITH_ONE = {
    (Auction, "closes_at"): an_auction,
    (Auction, "halt_ends_at"): a_halted_auction,
    (CancelSwitch, "cancels_at"): an_armed_switch,
    (Book, "cure_until"): a_book_to_be_cured,
    (Book, "waterfall_until"): a_book_to_be_cured,
    (Step, "due_at"): its_first_step,
    (Step, "patient_until"): its_first_step,
    (Step, "queue_ends_at"): a_step_that_queues,
    (Settlement, "confirm_by"): an_awaited_settlement,
    (ProviderFault, "drift_until"): a_fault_that_is_counted,
    (ProviderFault, "contest_until"): a_fault_that_is_counted,
    (ProviderFault, "decide_until"): a_contested_fault,
    (LossEvent, "final_by"): its_loss_event,
    (Commitment, "active_at"): a_narrower_commitment,
    (CommitmentTerms, "effective_at"): terms_announced,
}


def stands_after(row, name):
    return getattr(type(row).objects.get(id=row.id), name)


@pytest.mark.parametrize(("model", "name"), DEADLINES)
def test_every_deadline_is_later_by_the_outage(venue, travel, model, name):
    row = WITH_ONE[model, name](venue)
    beat()
    due = stands_after(row, name)
    assert due > clock.now()
    travel.outage(seconds=10)
    beat()
    assert stands_after(row, name) == due, "a gap that is allowed is time"
    travel.outage(seconds=LOST.total_seconds())
    beat()
    beat()
    assert stands_after(row, name) == due + LOST
    travel.outage(days=1)
    beat()
    assert stands_after(row, name) == due + LOST + timedelta(days=1), "also where it would have been over meanwhile"


def test_what_was_over_before_stays_so(venue, travel):
    book = a_book_to_be_cured(venue)
    travel.to(book.cure_ends_at)
    travel.outage(seconds=44)
    beat()
    assert stands_after(book, "cure_until") == book.cure_until
    assert stands_after(book, "waterfall_until") == book.waterfall_until + LOST


def test_what_began_in_the_outage_has_its_time_from_its_beginning_on(venue, travel):
    build.a_playbook(venue, cure_seconds=60)
    beat()
    travel.outage(seconds=40)
    book = market.a_plain_book(venue)
    travel.outage(seconds=5)
    beat()
    assert stands_after(book, "cure_until") == clock.now() + timedelta(seconds=60)


@pytest.mark.parametrize("beats_first", [True, False])
def test_a_venue_confirms_after_an_outage_as_before_it(venue, travel, beats_first):
    settlement = an_awaited_settlement(venue)
    travel.to(settlement.confirm_by - INSTANT)
    travel.outage(hours=1)
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert settlement.state == SettlementState.AWAITING, "no sweep takes it at its silence before the next beat"
    if beats_first:
        beat()
    assert market.confirm(venue, settlement).state == SettlementState.CONFIRMED
    invariants.hold()


def test_its_time_for_confirming_ends_at_the_last_instant_that_is_left(venue, travel):
    settlement = an_awaited_settlement(venue)
    travel.to(settlement.confirm_by - INSTANT)
    travel.outage(hours=1)
    beat()
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert settlement.state == SettlementState.AWAITING
    travel.outage(microseconds=1)
    market.sweep("expire_settlements")
    settlement.refresh_from_db()
    assert settlement.state == SettlementState.EXPIRED
    invariants.hold()


def test_a_lot_waits_in_line_for_its_whole_time(venue, travel):
    step = a_step_that_queues(venue)
    travel.to(step.queue_ends_at - INSTANT)
    travel.outage(seconds=44)
    market.sweep("open_auctions")
    beat()
    market.sweep("open_auctions")
    assert Step.objects.get(id=step.id).state == StepState.READY
    travel(microseconds=1)
    market.sweep("open_auctions")
    assert Step.objects.get(id=step.id).state == StepState.SETTLING


def test_a_book_is_late_by_the_time_that_ran(venue, travel):
    """What no auction has sold by then goes to the fund; a moment before it is auctioned once more."""
    lasting = {"max_waterfall_seconds": 100, "sealed_seconds": 90, "max_reopenings": 0}
    market.a_playbook(venue, mark_max_age_seconds=86400, **lasting)
    auction = market.an_auction(venue)
    travel.outage(hours=1)
    beat()
    auction.refresh_from_db()
    market.close(auction, travel)
    market.sweep()
    assert market.kinds_of_steps() == [StepKind.ASSIGN, StepKind.SEALED, StepKind.DUTCH]


def test_nothing_of_a_book_is_assigned_while_what_was_lost_of_its_cure_is_not_over(venue, travel):
    step = its_first_step(venue)
    travel.to(step.due_at - INSTANT)
    travel.outage(seconds=44)
    beat()
    market.sweep("assign_lots")
    assert Step.objects.get(id=step.id).state == StepState.READY
    travel(microseconds=1)
    market.sweep("assign_lots")
    assert Step.objects.get(id=step.id).state != StepState.READY


def test_several_announced_terms_keep_their_order_and_distance(venue, travel):
    """As many seconds apart as the outage lasts: each stands for a moment where another did."""
    build.a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    commitment = build.a_commitment(alice, min_edge_bps="50")
    for edge_bps in (60, 70, 80):
        changes = {"min_edge_bps": Decimal(edge_bps)}
        perform(change_commitment, provider=alice, commitment_id=commitment.id, changes=changes)
        travel(seconds=44)
    before = list(commitment.terms.order_by("effective_at").values_list("effective_at", "min_edge_bps"))
    travel.outage(seconds=44)
    beat()
    after = list(commitment.terms.order_by("effective_at").values_list("effective_at", "min_edge_bps"))
    assert after == [before[0], *((at + LOST, edge_bps) for at, edge_bps in before[1:])]
