"""The courier of webhooks: queues what was published, sends what is due, and writes down what became of it.

Guarantees that no transaction is open while anything is sent, and that an endpoint that hangs holds up nobody else:
each has one mailing on its way at most, all at once, and rounds wait for none of them.
"""

import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait

import structlog
from django.conf import settings

from accounts.operations.webhooks.forget_messages import forget_messages
from accounts.operations.webhooks.lease_messages import lease_messages
from accounts.operations.webhooks.queue_messages import queue_messages
from accounts.operations.webhooks.record_messages import record_messages
from backstop.delivery.webhooks import Mailing, Sender, SendOutcome
from backstop.transactions import perform

AT_ONCE = 200  # mailings on their way
IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.05
REST_SECONDS = 60.0

ACTOR = "sweep:webhooks"

log = structlog.get_logger(__name__)


class Courier:
    """One for a process. Any number may run: a webhook's messages are handed to one at a time."""

    def __init__(self) -> None:
        self._sender = Sender(settings.WEBHOOK_EXEMPT)
        self._on_their_way: dict[Future[list[SendOutcome]], Mailing] = {}
        self._forgets_at = 0.0

    def go_round(self, venues: Collection[str] = ()) -> float:
        """One round, for the venues with these codes or for all; how many seconds there is nothing to do for now."""
        queued = perform(queue_messages, actor=ACTOR, venues=venues)
        if room := AT_ONCE - len(self._on_their_way):
            for mailing in perform(lease_messages, actor=ACTOR, venues=venues, limit=room):
                self._on_their_way[self._sender.send(mailing)] = mailing
        recorded = self._record(IDLE_SECONDS)
        if time.monotonic() >= self._forgets_at:
            self._forgets_at = time.monotonic() + (0.0 if perform(forget_messages, actor=ACTOR) else REST_SECONDS)
        return BREATH_SECONDS if queued or recorded or self._on_their_way else IDLE_SECONDS

    def stop(self) -> None:
        """Leave what is under way: others send it again once the lease is over."""
        self._sender.stop()

    def _record(self, seconds: float) -> int:
        """Wait so long at most for something that was sent, and write down what became of it; how many messages."""
        done, _ = wait(self._on_their_way, timeout=seconds, return_when=FIRST_COMPLETED)
        return sum(self._record_one(future) for future in done)

    def _record_one(self, future: "Future[list[SendOutcome]]") -> int:
        mailing = self._on_their_way[future]
        try:
            outcomes = future.result()
        except (Exception, CancelledError) as problem:
            log.exception("mailing_lost", webhook=str(mailing.webhook_id), exc_info=problem)
            outcomes = []
        whose = {"webhook_id": mailing.webhook_id, "leased_until": mailing.leased_until}
        recorded: int = perform(record_messages, actor=ACTOR, **whose, outcomes=outcomes)
        del self._on_their_way[future]  # only now: where the database is away, it is told the next time
        return recorded
