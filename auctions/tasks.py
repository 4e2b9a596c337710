"""The sweeps, one per stage: the clock runs what is due, and workers run it sooner, woken by whatever made work for it.

The row is the queue: a sweep asks for what is due, so running one twice is harmless and a worker that is killed loses
nothing. The broker carries wake-ups, never facts.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from auctions import queries
from auctions.lifecycle import FIRST_STEP, WATERFALL, StepKind, WaterfallStep
from auctions.models import Auction, Book, Settlement, Step
from auctions.operations.sweeps.close_auctions import close_auctions
from auctions.operations.sweeps.close_books import close_books
from auctions.operations.sweeps.expire_settlements import expire_settlements
from auctions.operations.sweeps.note_heartbeat import note_heartbeat
from auctions.operations.sweeps.park_row import park_row
from auctions.operations.sweeps.pass_lots_on import pass_lots_on
from auctions.operations.sweeps.route_books import route_books
from auctions.operations.sweeps.settle_awards import settle_awards
from backstop import clock
from backstop.config.queues import count_waiting
from backstop.database import is_excessive, is_passing
from backstop.transactions import perform, perform_alone

BATCH = 1000
RETRY = timedelta(seconds=10)
QUIET_SECONDS = 2.0
WORKERS_OWN = "settle_awards"  # the clock leaves it to the workers while they look after it

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """A sweep: what is due, the operation on it, the model of its rows, and the stages that it makes work for."""

    due: Callable[[datetime, int], list[UUID]]
    operation: Callable[..., int]
    model: type[Book | Step | Auction | Settlement]
    next: tuple[str, ...] = ()
    queue: str = "wake-flow"


def _stage_of(step: WaterfallStep) -> Stage:
    """The stage of a kind of step. What a sweep awards has to be settled; where it awarded nothing, the lot goes on."""
    carry_out = import_string(f"auctions.operations.sweeps.{step.sweep}.{step.sweep}")
    if step.auctioned:
        return Stage(queries.due_to_open, carry_out, Step)
    return Stage(partial(queries.due_to_carry_out, step.sweep), carry_out, Step, ("settle_awards", "pass_lots_on"))


def _sweeps_of(kinds: Collection[StepKind]) -> list[str]:
    """The sweeps that work these kinds of step, in the order of the waterfall."""
    return list(dict.fromkeys(step.sweep for step in WATERFALL.values() if step.kind in kinds))


_FOLLOWERS = _sweeps_of(frozenset[StepKind]().union(*(step.followers for step in WATERFALL.values())))

STAGES: dict[str, Stage] = {
    "route_books": Stage(queries.due_to_route, route_books, Book, (WATERFALL[FIRST_STEP].sweep,)),
    **{step.sweep: _stage_of(step) for step in WATERFALL.values()},
    "close_auctions": Stage(
        queries.due_to_close, close_auctions, Auction, ("settle_awards", "pass_lots_on"), "wake-deadlines"
    ),
    "settle_awards": Stage(queries.due_to_settle, settle_awards, Settlement, ("pass_lots_on",)),
    "expire_settlements": Stage(
        queries.due_to_expire, expire_settlements, Settlement, ("pass_lots_on",), "wake-deadlines"
    ),
    "pass_lots_on": Stage(queries.due_to_pass_on, pass_lots_on, Step, (*_FOLLOWERS, "close_books")),
    "close_books": Stage(queries.due_to_wind_up, close_books, Book),
}


@shared_task(name="sweep")
def sweep(stage: str) -> int:
    """Work off what is due at one stage, then wake the stages after it; how many rows were worked on."""
    close_old_connections()
    done = run_stage(stage)
    if stage == WORKERS_OWN:
        perform_alone("heartbeat", note_heartbeat, actor=f"sweep:{stage}", stage=stage)
    if done:
        for woken in (*STAGES[stage].next, *([stage] if done == BATCH else [])):
            wake(woken)
    return done


def run_stage(name: str) -> int:
    """Work off what is due at one stage now, unless somebody does; how many rows were worked on."""
    stage = STAGES[name]
    ids = stage.due(clock.now(), BATCH)
    return _carry_out(stage, ids) if ids else 0


class _Wakes:
    """Wake-ups sent from this process: none to a queue that is full, and none for a while after the broker failed."""

    def __init__(self) -> None:
        self.quiet_until = 0.0

    def send(self, stage: str) -> None:
        if time.monotonic() < self.quiet_until:
            return
        try:
            with sweep.app.producer_or_acquire() as producer:
                queue = sweep.app.amqp.queues[STAGES[stage].queue]
                if count_waiting(queue, producer.channel) < settings.WAKE_UPS_WAITING:
                    sweep.apply_async((stage,), queue=queue, producer=producer, retry=False)
        except Exception as problem:
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("broker_away", stage=stage, problem=str(problem))


_wakes = _Wakes()


def wake(stage: str) -> None:
    """Ask workers for a sweep soon. Never waits long and never fails: the clock runs within half a second anyway."""
    _wakes.send(stage)


def _carry_out(stage: Stage, ids: Sequence[UUID]) -> int:
    """The operation on these rows; where it fails, on each half, down to the one bad row, which is parked.

    No row is bad because the database is away: that is raised, and the next sweep asks again. What takes more than one
    transaction may is halved too, but the one row that is left is only passed over.
    """
    actor = f"sweep:{stage.operation.__name__}"
    held = connection.connection
    try:
        return perform_alone(actor, stage.operation, actor=actor, ids=ids) or 0
    except Exception as error:
        if is_passing(error) and not is_excessive(error):
            raise
        if connection.connection is not held:
            raise  # that the connection was lost is no row's fault
        if len(ids) > 1:
            middle = len(ids) // 2
            return _carry_out(stage, ids[:middle]) + _carry_out(stage, ids[middle:])
        if is_excessive(error):
            log.exception("row_passed_over", stage=stage.operation.__name__, row=str(ids[0]))
            return 0
        log.exception("row_parked", stage=stage.operation.__name__, row=str(ids[0]))
        perform(park_row, actor=actor, model=stage.model, row_id=ids[0], reason=repr(error), retry_after=RETRY)
        return 0
