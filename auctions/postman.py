"""The postman: sends the mail of alerts that is due, by Django's settings, and writes down what became of it.

Guarantees that no transaction is open while anything is sent, and that a mail server that hangs or refuses holds up
nothing but mail: it is sent on a thread of its own, and rounds wait for none of it.
"""

import smtplib
import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage

from auctions.operations.mail.lease_mails import lease_mails
from auctions.operations.mail.record_mails import record_mails
from auctions.rules.letters import Letter
from backstop.transactions import perform

ACTOR = "sweep:mail"
IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.05
BEGUN_SECONDS = 180.0  # of a batch; with what one mail takes at the longest, less than its lease

log = structlog.get_logger(__name__)


class Postman:
    """One for a process. Any number may run: a mail is handed to one at a time."""

    def __init__(self) -> None:
        self._on_its_way: Future[dict[UUID, str]] | None = None

    def go_round(self, venues: Collection[str] = ()) -> float:
        """One round, for the venues with these codes or for all; how many seconds there is nothing to do for now."""
        if self._on_its_way is None:
            if not (letters := perform(lease_mails, actor=ACTOR, venues=venues)):
                return IDLE_SECONDS
            self._on_its_way = _sent(letters)
        elif self._on_its_way.done():
            perform(record_mails, actor=ACTOR, problems=self._on_its_way.result())
            self._on_its_way = None  # only now: where the database is away, it is told the next time
        return BREATH_SECONDS


def _sent(letters: Sequence[Letter]) -> "Future[dict[UUID, str]]":
    """The problem of each, an empty one where the server took it; nothing of those that were not begun in time. On a
    thread that no program waits for at its end."""
    future: Future[dict[UUID, str]] = Future()

    def send() -> None:
        ends_at, problems = time.monotonic() + BEGUN_SECONDS, {}
        for letter in letters:
            if time.monotonic() > ends_at:
                break  # others are handed the rest after its lease, as if nobody had taken it
            problems[letter.id] = _problem_with(letter)
        future.set_result(problems)

    threading.Thread(target=send, name="mail", daemon=True).start()
    return future


def _problem_with(letter: Letter) -> str:
    """Send it; what its reader is told where the server did not take it: nothing of where that is."""
    if not settings.MAIL_IS_SENT:
        return "no mail server is named (EMAIL_URL)"
    mail = EmailMessage(letter.subject, letter.body, to=[letter.address], headers={"Message-ID": _name_of(letter)})
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused:
        return "the mail server does not take mail for this address"
    except Exception as problem:
        log.warning("mail_not_sent", mail=str(letter.id), problem=repr(problem))
        return "the mail server cannot be reached, did not answer in time, or did not take it"
    return ""


def _name_of(letter: Letter) -> str:
    """By which a reader's program knows it again, where it comes twice."""
    return f"<{letter.id}@backstop.invalid>"
