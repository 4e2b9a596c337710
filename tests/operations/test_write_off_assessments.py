"""What is overdue for long is written off once nothing of its provider is left here; what is there is taken first."""

from datetime import datetime, timedelta

import pytest

from accounts.lifecycle import ProviderState
from accounts.models import Account, AccountKind, LossEvent
from accounts.rules.sharing.assessments import NEVER_PAID, WRITTEN_OFF_AFTER
from auctions.operations.operator.resume_provider import resume_provider
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean, close, finish, left, owing, paid
from tests.operations.test_move_contribution import contribute, contributed
from tests.operations.test_pay_assessment import of, venue  # noqa: F401
from tests.operations.test_take_overdue import bob  # noqa: F401

pytestmark = pytest.mark.django_db

MOMENT = timedelta(microseconds=1)


def write_off_at() -> datetime:
    return of("Bob").overdue_at + WRITTEN_OFF_AFTER


def test_exactly_as_long_after_it_is_written_off_and_nobody_is_told_to_have_paid_it(bob, venue, travel) -> None:  # noqa: F811
    travel.to(write_off_at() - MOMENT)
    assert market.sweep("write_off_assessments") == 0
    travel.to(write_off_at())
    assert market.sweep("write_off_assessments") == 1
    called = of("Bob")
    assert (called.state, called.paid, called.written_off, called.owed) == ("WRITTEN_OFF", 0, 15, 0)
    assert called.written_off_at == write_off_at()
    assert Event.objects.get(kind="assessment_written_off").payload["written_off"] == "15"
    assert paid() == {"CONTRIBUTIONS_GOOD": 90, "ASSESSMENTS": 30, "UNALLOCATED": 15}
    assert left(venue, AccountKind.LOSSES) == -15
    assert market.sweep("write_off_assessments") == 0
    clean()


def test_what_its_provider_has_bound_is_waited_for_and_taken_first(bob, travel) -> None:  # noqa: F811
    build.pay_in(bob, "1")
    own = Account.objects.filter(id=build.provider_account(bob).id)
    own.update(held=1)
    travel.to(write_off_at())
    assert (market.sweep("take_overdue"), market.sweep("write_off_assessments")) == (0, 0)
    own.update(held=0)
    assert (market.sweep("take_overdue"), market.sweep("write_off_assessments")) == (1, 1)
    assert (of("Bob").paid, of("Bob").written_off) == (1, 14)
    clean()


def test_what_it_contributed_is_taken_once_no_event_of_before_obliges_for_it(bob, venue, travel) -> None:  # noqa: F811
    contribute(bob, "20", "again")
    travel.to(write_off_at() - MOMENT)
    assert market.sweep("take_overdue") == 0, "it stands for what may come"
    market.mark_again()
    book = owing(venue, "10", "2", "2")
    travel.to(write_off_at())
    assert (market.sweep("take_overdue"), market.sweep("write_off_assessments")) == (0, 0)
    close(book)
    finish(book.loss_event, travel)
    assert contributed(bob) == 10
    market.mark_again()
    owing(venue, "10", "3", "3")
    assert LossEvent.under_way().exists(), "for what opens later it stands no more"
    assert (market.sweep("take_overdue"), market.sweep("write_off_assessments")) == (1, 1)
    assert (of("Bob").paid, of("Bob").written_off, contributed(bob)) == (10, 5, 0)
    clean()


def test_who_never_paid_is_suspended_until_a_person_lets_it_take_part_again(bob, travel) -> None:  # noqa: F811
    travel.to(write_off_at())
    market.sweep("write_off_assessments")
    assert market.sweep("disable_providers") == 1
    bob.refresh_from_db()
    assert (bob.state, bob.state_reason) == (ProviderState.SUSPENDED, NEVER_PAID)
    assert Event.objects.get(kind="provider_suspended").payload["reason"] == NEVER_PAID
    travel(seconds=1)
    perform(resume_provider, provider=bob, reason="it has another owner")
    assert market.sweep("disable_providers") == 0
    clean()
