"""The market's clock: runs every stage that is due by the database's rows, then sleeps until the next deadline.

Any number of clocks may run: for each venue a stage is worked on by one at a time, and what others have locked waits
for the next round. Neither a broker nor workers are needed. While workers settle, the clock leaves that to them and
wakes them.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from django.conf import settings
from django.db import Error, connection

from accounts.courier import Courier
from auctions import queries
from auctions.models import Program
from auctions.operations.sweeps.note_rounds import note_rounds
from auctions.postman import Postman
from auctions.tasks import BEAT_SECONDS, STAGES, WORKERS_OWN, beat, run_stage, wake
from backstop import clock
from backstop.faults import explain
from backstop.pulse import Pulse
from backstop.transactions import perform

IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.05  # between rounds while there is something to do
BROKEN_SECONDS = 1.0
NUDGE_SECONDS = 1.0
ENDING_SECONDS = 1.0
STUCK_SECONDS = 300.0  # longer than a stage takes, halving what is too much for a transaction down to one row

_Work = Callable[[Callable[[], None]], float]

log = structlog.get_logger(__name__)


def keep_time(stopping: threading.Event) -> None:
    """Runs the market until `stopping` is set; what is under way then is done within a second, or not at all.

    One hand for each queue of stages and one for those without, so that no deadline is behind a long sweep of the flow,
    and neither behind what only looks, one that wakes workers, so that nothing is behind a broker that hangs, and one
    for webhooks and mail. What one of them did is news to all.
    """
    queues, courier = dict.fromkeys(stage.queue for stage in STAGES.values()), Courier()
    postman = Postman()
    works: list[_Work] = [
        *(partial(_sweep, [name for name, stage in STAGES.items() if stage.queue == queue]) for queue in queues),
        _wake_workers,
        partial(_deliver, courier, postman),
    ]
    bells = [threading.Event() for _ in works]
    hands = [_Hand(work, bell, bells, stopping) for work, bell in zip(works, bells, strict=True)]
    for hand in hands:
        hand.start()
    pulse = Pulse(settings.RUN_FOLDER, "clock")
    while not stopping.wait(BEAT_SECONDS):
        if (stuck := time.monotonic() - min(hand.moved_at for hand in hands)) > STUCK_SECONDS:
            log.error("clock_stuck", seconds=round(stuck))
            os._exit(1)  # whoever runs it starts it again; a hand that hangs would not hear of it
        pulse.beat()
    ends_at = time.monotonic() + ENDING_SECONDS
    for hand, bell in zip(hands, bells, strict=True):
        bell.set()
        hand.join(max(ends_at - time.monotonic(), 0))
    courier.stop()


class _Hand(threading.Thread):
    """Does one work again and again, and pauses for as many seconds as that says; it is called by its bell before."""

    def __init__(
        self,
        work: _Work,
        bell: threading.Event,
        bells: Sequence[threading.Event],
        stopping: threading.Event,
    ) -> None:
        super().__init__(daemon=True)
        self._work, self._bell, self._bells, self._stopping = work, bell, bells, stopping
        self.moved_at = time.monotonic()

    def run(self) -> None:
        while True:
            self._move()
            self._bell.clear()
            if self._stopping.is_set():
                break
            try:
                pause = self._work(self._move)
            except Exception:  # whatever it is, a clock with a hand that has stopped would look as if it went
                log.exception("round_failed")
                pause = BROKEN_SECONDS
            if pause:
                self._bell.wait(pause)
            else:
                for each in self._bells:
                    each.set()
                self._stopping.wait(BREATH_SECONDS)
        connection.close()

    def _move(self) -> None:
        self.moved_at = time.monotonic()


def _sweep(stages: Sequence[str], moved: Callable[[], None]) -> float:
    """One round of these stages, `moved` from each to the next; how many seconds there is nothing to do for now, zero
    if there was something."""
    try:
        began = clock.now()
        done: dict[str, int] = {}
        beats_at = 0.0
        for stage in stages:
            moved()
            if time.monotonic() > beats_at:
                beat("clock", settings.CLOCK_VENUES)
                beats_at = time.monotonic() + BEAT_SECONDS
            if (rows := _run(stage)) is not None:
                done[stage] = rows
        perform(note_rounds, actor="clock", program=Program.CLOCK, stages=done, venues=settings.CLOCK_VENUES)
        if any(done.values()):
            return 0
        deadline = queries.get_next_deadline(began)
        return min(max((deadline - clock.now()).total_seconds(), 0), IDLE_SECONDS) if deadline else IDLE_SECONDS
    except Error as problem:
        log.warning("trying_again", problem=explain(problem) or str(problem))
        connection.close()
        return BROKEN_SECONDS


def _run(stage: str) -> int | None:
    """A batch of each venue that has something due at one stage now; how many rows that was. None where workers look
    after it, and where it failed, by its own misfortune. Raises `Error` where the database is away."""
    connection.ensure_connection()
    try:
        others = queries.list_looked_after(stage, clock.now()) if stage == WORKERS_OWN else set()
        return None if others is None else run_stage(stage, settings.CLOCK_VENUES, others)
    except Exception:
        log.exception("stage_failed", stage=stage)
        connection.close()
        return None


def _deliver(courier: Courier, postman: Postman, moved: Callable[[], None]) -> float:
    moved()
    try:
        return min(postman.go_round(settings.CLOCK_VENUES), courier.go_round(settings.CLOCK_VENUES))
    except Exception as problem:
        connection.close()  # it may lead to a server that only follows now
        if (said := explain(problem)) is None:
            raise
        log.warning("trying_again", problem=said)
        return BROKEN_SECONDS


def _wake_workers(moved: Callable[[], None]) -> float:
    moved()
    wake(WORKERS_OWN)
    return NUDGE_SECONDS
