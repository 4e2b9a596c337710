"""The market's clock: runs every stage that is due by the database's rows, then sleeps until the next deadline.

Any number of clocks may run: a stage is worked on by one at a time, and what others have locked waits for the next
round. Neither a broker nor workers are needed. While workers settle, the clock leaves that to them and wakes them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from django.db import Error, connection

from auctions import queries
from auctions.tasks import STAGES, WORKERS_OWN, run_stage, wake
from backstop import clock

IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.05  # between rounds while there is something to do
BROKEN_SECONDS = 1.0
NUDGE_SECONDS = 1.0
ENDING_SECONDS = 1.0

log = structlog.get_logger(__name__)


def keep_time(stopping: threading.Event) -> None:
    """Runs the market until `stopping` is set; what is under way then is done within a second, or not at all.

    One hand for each queue of stages, so that no deadline is behind a long sweep of the flow, and one that wakes
    workers, so that nothing is behind a broker that hangs. What one of them did is news to all.
    """
    queues = dict.fromkeys(stage.queue for stage in STAGES.values())
    works: list[Callable[[], float]] = [
        *(partial(_sweep, [name for name, stage in STAGES.items() if stage.queue == queue]) for queue in queues),
        _wake_workers,
    ]
    bells = [threading.Event() for _ in works]
    hands = [
        threading.Thread(target=_turn, args=(work, bell, bells, stopping), daemon=True)
        for work, bell in zip(works, bells, strict=True)
    ]
    for hand in hands:
        hand.start()
    stopping.wait()
    ends_at = time.monotonic() + ENDING_SECONDS
    for hand, bell in zip(hands, bells, strict=True):
        bell.set()
        hand.join(max(ends_at - time.monotonic(), 0))


def _turn(
    work: Callable[[], float], bell: threading.Event, bells: Sequence[threading.Event], stopping: threading.Event
) -> None:
    while True:
        bell.clear()
        if stopping.is_set():
            break
        try:
            pause = work()
        except Exception:  # whatever it is, a clock with a hand that has stopped would look as if it went
            log.exception("round_failed")
            pause = BROKEN_SECONDS
        if pause:
            bell.wait(pause)
        else:
            for each in bells:
                each.set()
            stopping.wait(BREATH_SECONDS)
    connection.close()


def _sweep(stages: Sequence[str]) -> float:
    """One round of these stages; how many seconds there is nothing to do for now, zero if there was something."""
    try:
        began = clock.now()
        if sum([_run(stage) for stage in stages]):
            return 0
        deadline = queries.get_next_deadline(began)
        return min(max((deadline - clock.now()).total_seconds(), 0), IDLE_SECONDS) if deadline else IDLE_SECONDS
    except Error as problem:
        log.warning("the database does not answer: trying again", problem=str(problem))
        connection.close()
        return BROKEN_SECONDS


def _run(stage: str) -> int:
    """What is due at one stage now, unless workers look after it; how many rows that was. Raises `Error` where the
    database is away; whatever else happens is the stage's own misfortune."""
    connection.ensure_connection()
    try:
        if stage == WORKERS_OWN and queries.is_looked_after(stage, clock.now()):
            return 0
        return run_stage(stage)
    except Exception:
        log.exception("stage_failed", stage=stage)
        connection.close()
        return 0


def _wake_workers() -> float:
    wake(WORKERS_OWN)
    return NUDGE_SECONDS
