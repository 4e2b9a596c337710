"""What became of mail is written down: it was taken, is tried again ever later, or is given up after two days."""

from datetime import timedelta

import pytest

from accounts.rules.webhooks import JITTER, MOST_ATTEMPTS, PAUSES_SECONDS
from auctions.models import AlertMail
from auctions.operations.mail.lease_mails import lease_mails
from auctions.operations.mail.record_mails import record_mails
from backstop import clock
from tests.alerts import raised
from tests.builders import perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(venue, travel) -> AlertMail:
    raised(venue, travel, mail_to=["risk@venue.example"])
    return AlertMail.objects.get()


def record(mail: AlertMail, problem: str) -> AlertMail:
    perform(lease_mails)
    perform(record_mails, problems={mail.id: problem})
    mail.refresh_from_db()
    return mail


def test_what_was_taken_is_over(mail):
    taken = record(mail, "")
    assert (taken.due_at, taken.attempts, taken.problem) == (None, 1, "")
    assert taken.delivered_at is not None
    assert perform(lease_mails) == []


def test_what_was_not_taken_is_tried_again_a_little_later(mail):
    failed = record(mail, "the mail server did not answer in time")
    assert failed.problem == "the mail server did not answer in time"
    pause = timedelta(seconds=PAUSES_SECONDS[0])
    assert pause * (1 - JITTER) <= failed.due_at - failed.attempted_at <= pause * (1 + JITTER)


def test_what_is_never_taken_is_given_up_after_as_many_attempts_as_a_webhook_has(mail, travel):
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert mail.given_up_at is None
        record(mail, "no")
        assert mail.attempts == attempt
        if mail.due_at is not None:
            travel.to(mail.due_at)
    assert mail.given_up_at == clock.now()
    assert perform(lease_mails) == []


def test_who_comes_late_with_a_problem_undoes_nothing(mail):
    record(mail, "")
    assert perform(record_mails, problems={mail.id: "the mail server did not answer in time"}) == 0
    mail.refresh_from_db()
    assert (mail.attempts, mail.problem) == (1, "")
