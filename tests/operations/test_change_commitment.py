"""What a standing bid offers changes: for the better at once, for the worse after the notice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from accounts.rules.refusals import AccountRefusal
from tests.builders import a_commitment, a_provider, perform
from tests.market import edge_for
from tests.refusing import refused

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


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


def test_so_many_changes_are_announced_at_once_and_no_more(venue, alice, travel) -> None:
    travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")

    def ask(edge_bps: int):
        travel(seconds=1)
        changes = {"min_edge_bps": Decimal(edge_bps)}
        perform(change_commitment, provider=alice, commitment_id=commitment.id, changes=changes)

    for edge_bps in range(51, 61):
        ask(edge_bps)
    with refused(AccountRefusal.CHANGES_TOO_MANY):
        ask(61)
    ask(40)  # better at once: whatever was announced before is better too
    perform(withdraw_commitment, provider=alice, commitment_id=commitment.id)
    travel(hours=2)
    assert commitment.terms.latest("effective_at").terms.ends_at is not None


def test_so_many_changes_of_a_provider_take_effect_in_a_day_and_no_more(venue, alice, travel, settings) -> None:
    settings.QUOTAS = {**settings.QUOTAS, "changes_in_a_day": 3}
    travel.freeze()
    commitment = a_commitment(alice, min_edge_bps="50")

    def ask(edge_bps: int):
        changes = {"min_edge_bps": Decimal(edge_bps)}
        perform(change_commitment, provider=alice, commitment_id=commitment.id, changes=changes)

    for edge_bps in (49, 48):
        travel(seconds=1)
        ask(edge_bps)
    travel(seconds=1)
    with refused(AccountRefusal.CHANGES_TOO_MANY):
        ask(47)
    travel(days=1, seconds=-2)
    ask(47)  # the first is a day old


def test_nobody_changes_or_withdraws_what_is_anothers(venue, alice) -> None:
    commitment = a_commitment(alice)
    bob = a_provider(venue, "Bob")
    with refused(AccountRefusal.COMMITMENT_UNKNOWN):
        change_commitment(provider=bob, commitment_id=commitment.id, changes={"cap_held": Decimal(0)})
    with refused(AccountRefusal.COMMITMENT_UNKNOWN):
        withdraw_commitment(provider=bob, commitment_id=commitment.id)
