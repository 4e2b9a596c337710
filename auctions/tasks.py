"""The sweeps, one per stage: the clock runs what is due, and workers run it sooner, woken by whatever made work for it.

The row is the queue: a sweep asks for what is due, so running one twice is harmless and a worker that is killed loses
nothing. The broker carries wake-ups, never facts.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from accounts.models import (
    AllocationFill,
    Assessment,
    Claim,
    Cover,
    LossEvent,
    MarginCall,
    Provider,
    ProviderDefault,
    Repo,
    Vault,
)
from auctions import queries
from auctions.lifecycle import FIRST_AUCTION, FIRST_STEP, WATERFALL, StepKind, WaterfallStep
from auctions.models import (
    AlertRule,
    Auction,
    Book,
    CancelSwitch,
    Drill,
    Markout,
    Program,
    ProviderFault,
    ServiceDay,
    Settlement,
    Step,
    TakeOver,
)
from auctions.operations.sweeps.beat_venues import beat_venues
from auctions.operations.sweeps.charge_premiums import charge_premiums
from auctions.operations.sweeps.close_auctions import close_auctions
from auctions.operations.sweeps.close_books import close_books
from auctions.operations.sweeps.collect_repos import collect_repos
from auctions.operations.sweeps.count_faults import count_faults
from auctions.operations.sweeps.count_service import count_service
from auctions.operations.sweeps.deliver_margin import deliver_margin
from auctions.operations.sweeps.disable_providers import disable_providers
from auctions.operations.sweeps.end_covers import end_covers
from auctions.operations.sweeps.end_drills import end_drills
from auctions.operations.sweeps.end_faults import end_faults
from auctions.operations.sweeps.end_loss_events import end_loss_events
from auctions.operations.sweeps.end_margin_calls import end_margin_calls
from auctions.operations.sweeps.expire_assessments import expire_assessments
from auctions.operations.sweeps.expire_bids import expire_bids
from auctions.operations.sweeps.expire_settlements import expire_settlements
from auctions.operations.sweeps.handle_defaults import handle_defaults
from auctions.operations.sweeps.lapse_defaults import lapse_defaults
from auctions.operations.sweeps.lapse_fills import lapse_fills
from auctions.operations.sweeps.mark_inventory import mark_inventory
from auctions.operations.sweeps.mark_out_awards import mark_out_awards
from auctions.operations.sweeps.note_rounds import note_rounds
from auctions.operations.sweeps.park_row import park_row
from auctions.operations.sweeps.pass_lots_on import pass_lots_on
from auctions.operations.sweeps.route_books import route_books
from auctions.operations.sweeps.sell_pledges import sell_pledges
from auctions.operations.sweeps.settle_awards import settle_awards
from auctions.operations.sweeps.settle_claims import settle_claims
from auctions.operations.sweeps.settle_vaults import settle_vaults
from auctions.operations.sweeps.take_overdue import take_overdue
from auctions.operations.sweeps.trip_cancel_switches import trip_cancel_switches
from auctions.operations.sweeps.watch_alerts import watch_alerts
from auctions.operations.sweeps.watch_tranches import watch_tranches
from auctions.operations.sweeps.write_off_assessments import write_off_assessments
from backstop import clock, measures
from backstop.database import is_contended, is_excessive, is_passing
from backstop.models.base import Swept
from backstop.queues import count_waiting
from backstop.transactions import perform, perform_alone

STANDS_ASIDE = timedelta(seconds=10)
QUIET_SECONDS = 2.0
BEAT_SECONDS = 1.0
ROUND_SECONDS = 20.0
WORKERS_OWN = "settle_awards"  # the clock leaves it to the workers while they look after it

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """A sweep: what is due, the operation on it, the model of its rows, and the stages that it makes work for.

    Without a model no row of it is parked: another stage works on the same ones, and would have to wait. Without a
    queue it is the clock's alone, which has a hand of its own for it: what only looks keeps nothing waiting.
    """

    due: Callable[[datetime], queries.Due]
    operation: Callable[..., int]
    model: type[Swept] | None
    next: tuple[str, ...] = ()
    queue: str | None = "wake-flow"


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
    "route_books": Stage(
        queries.due_to_route, route_books, Book, (WATERFALL[FIRST_STEP].sweep, WATERFALL[FIRST_AUCTION].sweep)
    ),
    **{step.sweep: _stage_of(step) for step in WATERFALL.values()},
    "trip_cancel_switches": Stage(queries.due_to_trip, trip_cancel_switches, CancelSwitch, (), "wake-deadlines"),
    "close_auctions": Stage(
        queries.due_to_close, close_auctions, Auction, ("settle_awards", "pass_lots_on"), "wake-deadlines"
    ),
    "expire_bids": Stage(queries.due_to_expire_bids, expire_bids, None, (), "wake-deadlines"),
    "settle_awards": Stage(queries.due_to_settle, settle_awards, Settlement, ("pass_lots_on",)),
    "expire_settlements": Stage(
        queries.due_to_expire_settlements, expire_settlements, Settlement, ("pass_lots_on",), "wake-deadlines"
    ),
    "pass_lots_on": Stage(queries.due_to_pass_on, pass_lots_on, Step, (*_FOLLOWERS, "count_faults", "close_books")),
    "count_faults": Stage(queries.due_to_count_faults, count_faults, ProviderFault, (), "wake-deadlines"),
    "end_faults": Stage(
        queries.due_to_end_faults, end_faults, ProviderFault, ("close_books", "disable_providers"), "wake-deadlines"
    ),
    "disable_providers": Stage(queries.due_to_disable, disable_providers, Provider, (), "wake-deadlines"),
    "close_books": Stage(queries.due_to_wind_up, close_books, Book, ("end_drills",)),
    "end_drills": Stage(queries.due_to_end_drills, end_drills, Drill),
    "lapse_defaults": Stage(queries.due_to_lapse, lapse_defaults, ProviderDefault, (), "wake-deadlines"),
    "handle_defaults": Stage(queries.due_to_handle, handle_defaults, ProviderDefault),
    "expire_assessments": Stage(
        queries.due_to_expire_assessments, expire_assessments, Assessment, (), "wake-deadlines"
    ),
    "take_overdue": Stage(queries.due_to_take_overdue, take_overdue, Assessment, (), "wake-deadlines"),
    "write_off_assessments": Stage(
        queries.due_to_write_off, write_off_assessments, Assessment, ("disable_providers",), "wake-deadlines"
    ),
    "lapse_fills": Stage(queries.due_to_lapse_fills, lapse_fills, AllocationFill, (), "wake-deadlines"),
    "watch_tranches": Stage(queries.due_to_watch, watch_tranches, None, (), "wake-deadlines"),
    "settle_claims": Stage(queries.due_to_settle_claims, settle_claims, Claim, (), "wake-deadlines"),
    "end_margin_calls": Stage(queries.due_to_end_margin_calls, end_margin_calls, MarginCall, (), "wake-deadlines"),
    "collect_repos": Stage(queries.due_to_collect, collect_repos, Repo, (), "wake-deadlines"),
    "sell_pledges": Stage(queries.due_to_sell_pledges, sell_pledges, None, ("route_books",), "wake-deadlines"),
    "end_loss_events": Stage(queries.due_to_end, end_loss_events, LossEvent),
    "charge_premiums": Stage(queries.due_to_charge, charge_premiums, Cover, ("end_covers",)),
    "end_covers": Stage(queries.due_to_end_covers, end_covers, Cover),
    "settle_vaults": Stage(queries.due_to_settle_vaults, settle_vaults, Vault),
    "deliver_margin": Stage(queries.due_to_deliver, deliver_margin, Provider),
    "mark_out_awards": Stage(queries.due_to_mark_out, mark_out_awards, Markout),
    "count_service": Stage(queries.due_to_count_service, count_service, ServiceDay),
    "mark_inventory": Stage(queries.due_to_mark, mark_inventory, TakeOver),
    "watch_alerts": Stage(queries.due_to_watch_alerts, watch_alerts, AlertRule, queue=None),
}


@shared_task(name="sweep")
def sweep(stage: str) -> int:
    """Work off what is due at one stage, then wake the stages after it; how many rows were worked on."""
    close_old_connections()
    venues = settings.WORKER_VENUES
    beat(f"sweep:{stage}", venues)
    done = run_stage(stage, venues)
    perform(note_rounds, actor=f"sweep:{stage}", program=Program.WORKER, stages=[stage], venues=venues)
    if done:
        for woken in (*STAGES[stage].next, stage):
            wake(woken)
    return done


def beat(actor: str, venues: Collection[str]) -> None:
    """Say that somebody runs the market of the venues with these codes, or of all. Never fails: what has to be made up
    for waits for the next beat."""
    try:
        perform(beat_venues, actor=actor, venues=venues)
    except Exception as problem:
        log.warning("not_beaten", problem=str(problem))


def run_stage(name: str, venues: Collection[str] = (), but: Collection[str] = ()) -> int:
    """Work off a batch of each venue that has something due at one stage, where nobody else does just then; how many
    rows that were. Of the venues with these codes or of all, but some. However long it takes, the market runs."""
    stage = STAGES[name]
    done, ends_at, beats_at = 0, time.monotonic() + ROUND_SECONDS, time.monotonic() + BEAT_SECONDS
    now = clock.now()
    waiting = stage.due(now).list_venues(venues, but) if queries.may_be_due(stage.due, now) else ()
    for venue_id in waiting:
        if time.monotonic() > ends_at:
            break  # whoever waits longest came first, and does so the next time
        if time.monotonic() > beats_at:
            beat(f"sweep:{name}", venues)
            beats_at = time.monotonic() + BEAT_SECONDS
        with measures.sweeping(name):
            done += _run_batch(stage, venue_id)
    return done


class _Wakes:
    """Wake-ups sent from this process: none to a queue that is full, and none for a while after the broker failed."""

    def __init__(self) -> None:
        self.quiet_until = 0.0

    def send(self, stage: str, queue_name: str) -> None:
        if time.monotonic() < self.quiet_until:
            return
        try:
            with sweep.app.producer_or_acquire() as producer:
                queue = sweep.app.amqp.queues[queue_name]
                if count_waiting(queue, producer.channel) < settings.WAKE_UPS_WAITING:
                    sweep.apply_async((stage,), queue=queue, producer=producer, retry=False)
        except Exception as problem:
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("broker_away", stage=stage, problem=str(problem))


_wakes = _Wakes()


def wake(stage: str) -> None:
    """Ask workers for a sweep soon, unless it is the clock's alone. Never waits long and never fails: the clock runs
    within half a second anyway."""
    if queue := STAGES[stage].queue:
        _wakes.send(stage, queue)


def _run_batch(stage: Stage, venue_id: UUID) -> int:
    try:
        return _carry_out(stage, venue_id, lambda: stage.due(clock.now()).list_batch(venue_id))
    except Exception as error:
        if not is_contended(error):
            raise
        log.warning("venue_passed_over", stage=stage.operation.__name__, venue=str(venue_id), problem=str(error))
        return 0


def _carry_out(stage: Stage, venue_id: UUID, choose: Callable[[], Sequence[UUID]]) -> int:
    """The operation on the rows that are chosen, once nobody else works for the venue; where it fails, on each half,
    down to the one bad row, which is parked.

    No row is bad because the database is away: that is raised, and the next sweep asks again. What takes more than one
    transaction may is halved too, but the one row that is left is only passed over.
    """
    actor = f"sweep:{stage.operation.__name__}"
    chosen: Sequence[UUID] = ()

    def work_off() -> int:
        nonlocal chosen
        chosen = choose()
        return stage.operation(ids=chosen) if chosen else 0

    held = connection.connection
    try:
        return perform_alone(f"{actor}:{venue_id}", work_off, actor=actor) or 0
    except Exception as error:
        if not chosen or (is_passing(error) and not is_excessive(error)):
            raise
        if connection.connection is not held:
            raise  # that the connection was lost is no row's fault
        if len(chosen) > 1:
            middle = len(chosen) // 2
            first, second = chosen[:middle], chosen[middle:]
            return _carry_out(stage, venue_id, lambda: first) + _carry_out(stage, venue_id, lambda: second)
        if stage.model is None or is_excessive(error):
            _tell_passed_over(stage.operation.__name__, chosen[0])
            return 0
        log.exception("row_parked", stage=stage.operation.__name__, row=str(chosen[0]))
        parked = {"model": stage.model, "row_id": chosen[0], "reason": repr(error), "retry_after": STANDS_ASIDE}
        perform(park_row, actor=actor, **parked)
        return 0


@lru_cache(maxsize=1000)
def _tell_passed_over(stage: str, row_id: UUID) -> None:
    """Once, however often it is met again."""
    log.exception("row_passed_over", stage=stage, row=str(row_id))
