"""The life of a standing bid, and when what it offers changes for books under way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.desks.standing import load_standing_commitments
from accounts.lifecycle import CommitmentState
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from accounts.operations.people.create_group import create_group
from accounts.queries import LegDemand, get_capacity, list_related_groups
from accounts.rules.commitments import Reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import clock
from backstop.models import Event
from tests.builders import a_commitment, a_group, a_provider, a_venue, an_instrument
from tests.refusing import refused

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def venue():
    return a_venue(notice_seconds=3600)


@pytest.fixture
def bitcoin(venue):
    return an_instrument(venue, "BTC-PERP", price="100")


@pytest.fixture
def alice(venue):
    return a_provider(venue)


def edge_for(venue, instrument, received_at, now=None) -> Decimal | None:
    """What the only provider bids for a book of that instant; None where it bids nothing."""
    now = now or clock.now()
    with transaction.atomic():
        standing = load_standing_commitments([venue.id], received_at, now)
    found = standing.offers(
        venue_id=venue.id,
        legs=[LegDemand(instrument.id, instrument.product_group_id, "LONG", Decimal(1))],
        unit_hold=Decimal(0),
        free_collateral={},
        received_at=received_at,
        max_units=1,
    )
    return found[0].min_edge_bps if found else None


def test_a_proposal_bids_nothing_until_it_is_approved_and_then_for_books_that_come(
    venue, bitcoin, alice, travel
) -> None:
    before = travel.freeze()
    commitment = propose_commitment(provider=alice, terms=StandingTerms(min_edge_bps=Decimal(5)))
    assert edge_for(venue, bitcoin, before) is None
    travel(seconds=1)
    approve_commitment(commitment_id=commitment.id)
    assert edge_for(venue, bitcoin, before) is None
    assert edge_for(venue, bitcoin, clock.now()) == 5


def test_a_book_that_was_received_before_a_worse_edge_takes_effect_keeps_the_better_one(
    venue, bitcoin, alice, travel
) -> None:
    start = travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")
    change_commitment(provider=alice, commitment_id=commitment.id, changes={"min_edge_bps": Decimal(90)})
    later = travel(hours=2)
    last = start + HOUR - timedelta(microseconds=1)
    assert edge_for(venue, bitcoin, last, later) == 50
    assert edge_for(venue, bitcoin, start + HOUR, later) == 90


def test_a_withdrawn_commitment_still_stands_for_books_of_before_its_end(venue, bitcoin, alice, travel) -> None:
    start = travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")
    withdraw_commitment(provider=alice, commitment_id=commitment.id)
    later = travel(hours=2)
    assert edge_for(venue, bitcoin, start + HOUR - timedelta(microseconds=1), later) == 50
    assert edge_for(venue, bitcoin, start + HOUR, later) is None


def test_what_was_withdrawn_can_be_offered_again(venue, bitcoin, alice, travel) -> None:
    travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")
    withdraw_commitment(provider=alice, commitment_id=commitment.id)
    travel(hours=2)
    change_commitment(provider=alice, commitment_id=commitment.id, changes={"ends_at": None})
    assert edge_for(venue, bitcoin, clock.now()) == 50


def test_suspension_is_immediate_for_books_under_way_and_resuming_is_for_later_ones(
    venue, bitcoin, alice, travel
) -> None:
    received = travel.freeze()
    commitment = a_commitment(alice)
    suspend_commitment(commitment_id=commitment.id, reason="two failed settlements")
    assert edge_for(venue, bitcoin, received) is None
    travel(seconds=1)
    resumed = resume_commitment(commitment_id=commitment.id, reason="explained")
    assert (resumed.state, resumed.state_reason) == (CommitmentState.ACTIVE, "explained")
    assert edge_for(venue, bitcoin, received) is None
    assert edge_for(venue, bitcoin, clock.now()) == 50


def test_suspending_the_provider_stops_all_its_commitments(venue, bitcoin, alice) -> None:
    commitment = a_commitment(alice)
    suspend_provider(provider=alice, reason="insolvent")
    assert edge_for(venue, bitcoin, clock.now()) is None
    (usd,) = get_capacity(type(commitment).objects.get(id=commitment.id), clock.now())
    assert usd.capacity.reasons == (Reason.PROVIDER_SUSPENDED,)
    resume_provider(provider=alice)
    assert edge_for(venue, bitcoin, clock.now()) == 50


def test_a_narrower_commitment_that_offers_less_stands_after_the_notice_only(venue, bitcoin, alice, travel) -> None:
    now = travel.freeze()
    a_commitment(alice, min_edge_bps="50")
    narrow = propose_commitment(provider=alice, instrument="BTC-PERP", terms=StandingTerms(min_edge_bps=Decimal(300)))
    assert approve_commitment(commitment_id=narrow.id).active_at == now + HOUR
    assert edge_for(venue, bitcoin, now) == 50
    travel(hours=1)
    assert edge_for(venue, bitcoin, clock.now()) == 300


def test_a_narrower_commitment_that_offers_more_stands_at_once(venue, bitcoin, alice, travel) -> None:
    now = travel.freeze()
    a_commitment(alice, min_edge_bps="50")
    narrow = propose_commitment(provider=alice, instrument="BTC-PERP", terms=StandingTerms(min_edge_bps=Decimal(30)))
    assert approve_commitment(commitment_id=narrow.id).active_at == now
    assert edge_for(venue, bitcoin, now) == 30


def test_nobody_changes_or_withdraws_what_is_anothers(venue, alice) -> None:
    commitment = a_commitment(alice)
    bob = a_provider(venue, "Bob")
    with refused(AccountRefusal.COMMITMENT_UNKNOWN):
        change_commitment(provider=bob, commitment_id=commitment.id, changes={"cap_held": Decimal(0)})
    with refused(AccountRefusal.COMMITMENT_UNKNOWN):
        withdraw_commitment(provider=bob, commitment_id=commitment.id)


def test_only_what_the_state_allows_is_done_and_only_with_a_reason(alice) -> None:
    commitment = a_commitment(alice)
    with refused(AccountRefusal.COMMITMENT_NOT_IN_STATE):
        approve_commitment(commitment_id=commitment.id)
    with refused(AccountRefusal.COMMITMENT_NOT_IN_STATE):
        resume_commitment(commitment_id=commitment.id)
    with refused(AccountRefusal.REASON_MISSING):
        suspend_commitment(commitment_id=commitment.id, reason=" ")
    with refused(AccountRefusal.REASON_MISSING):
        suspend_provider(provider=alice, reason="")


def test_every_change_is_an_event_for_its_provider(alice) -> None:
    commitment = propose_commitment(provider=alice, terms=StandingTerms(min_edge_bps=Decimal(5)))
    approve_commitment(commitment_id=commitment.id)
    change_commitment(provider=alice, commitment_id=commitment.id, changes={"min_edge_bps": Decimal(4)})
    suspend_commitment(commitment_id=commitment.id, reason="late")
    resume_commitment(commitment_id=commitment.id)
    withdraw_commitment(provider=alice, commitment_id=commitment.id)
    events = Event.objects.filter(subject_id=commitment.id, provider_id=alice.id).order_by("id")
    assert [event.kind for event in events] == [
        "commitment_proposed",
        "commitment_approved",
        "commitment_changed",
        "commitment_suspended",
        "commitment_resumed",
        "commitment_withdrawn",
    ]
    assert events[3].payload == {"reason": "late"}


def test_names_of_groups_and_providers_are_taken_once_in_a_venue(venue) -> None:
    group = create_group(venue=venue, name="Bob & sons")
    create_provider(venue=venue, name="Bob", group=group)
    with refused(AccountRefusal.NAME_TAKEN):
        create_group(venue=venue, name="Bob & sons")
    with refused(AccountRefusal.NAME_TAKEN):
        create_provider(venue=venue, name="Bob", group=group)


def test_a_provider_is_of_a_group_of_its_own_venue(venue) -> None:
    with refused(AccountRefusal.GROUP_UNKNOWN):
        create_provider(venue=venue, name="Bob", group=create_group(venue=a_venue(), name="Elsewhere"))


def test_groups_are_related_both_ways_and_to_themselves(venue) -> None:
    one = a_group(venue, "one")
    two = a_group(venue, "two", related=[one])
    alone = a_group(venue, "alone")
    assert list_related_groups([one.id, two.id, alone.id]) == {
        one.id: {one.id, two.id},
        two.id: {one.id, two.id},
        alone.id: {alone.id},
    }
