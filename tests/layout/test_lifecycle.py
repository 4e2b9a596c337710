"""Nothing waits for ever: every state has a way out, and the clock runs every sweep."""

import threading
from unittest.mock import Mock

import pytest
from django.apps import apps
from django.conf import settings

from accounts import lifecycle as of_accounts
from auctions import clock_rounds, lifecycle, queries
from auctions.lifecycle import WATERFALL, StepKind
from auctions.models import Auction
from auctions.rules.waterfall import Progress, next_step
from auctions.tasks import STAGES
from backstop.config import programs
from backstop.config.celery import app
from backstop.values.lifecycles import Lifecycle

FINAL = {
    "book": {"CLOSED", "WITHDRAWN"},
    "step": {"ENDED"},
    "auction": {"AWARDED", "UNFILLED", "WITHDRAWN"},
    "bid": {"CANCELLED", "VOID", "WON", "LOST"},
    "readiness": {"ENDED", "VOID"},
    "cut bid": {"TAKEN", "LAPSED", "VOID"},
    "settlement": {"SETTLED", "REJECTED", "EXPIRED"},
    "fault": {"UPHELD", "DISMISSED"},
    "drill": {"HELD", "BROKEN_OFF"},
    "alert": {"ENDED"},
    "provider": {"ENDED"},
    "commitment": set(),
    "approval": {"CONFIRMED", "WITHDRAWN"},
    "loss event": {"FINAL"},
    "default": {"LAPSED", "CLOSED"},
    "cover": {"ENDED"},
    "assessment": {"PAID", "LIFTED", "WRITTEN_OFF"},
    "allocation fill": {"CONFIRMED", "REFUSED", "LAPSED"},
    "claim": {"CLOSED"},
    "margin call": {"LAPSED", "REPAID", "EXPIRED"},
    "repo": {"REPAID", "WRITTEN_OFF"},
    "vault deposit": {"TAKEN", "LAPSED"},
    "vault withdrawal": {"PAID", "CANCELLED", "RETURNED"},
    "refill": {"FILLED", "MISSED"},
}
# Which sweep ends each state that something follows, once its time is over.
EXITS = {
    "book": {"RECEIVED": "route_books", "AMENDED": "route_books", "ROUTED": "close_books"},
    "step": {"READY": "open_auctions", "OPEN": "close_auctions", "SETTLING": "pass_lots_on"},
    "auction": {"OPEN": "close_auctions", "HALTED": "close_auctions"},
    "bid": {"LIVE": "close_auctions"},
    "readiness": {"LIVE": "close_auctions"},
    "cut bid": {"LIVE": "pass_lots_on"},
    "settlement": {"AWAITING": "expire_settlements", "CONFIRMED": "settle_awards"},
    "fault": {"COUNTING": "count_faults", "CONTESTABLE": "end_faults", "CONTESTED": "end_faults"},
    "drill": {"UNDER_WAY": "end_drills"},
    "loss event": {"OPEN": "end_loss_events", "COUNTING": "end_loss_events"},
    "default": {"DECLARED": "lapse_defaults", "CONFIRMED": "handle_defaults", "HANDLED": "end_loss_events"},
    "cover": dict.fromkeys(("DRAFT", "OFFERED", "SIGNED", "ACTIVE", "SUSPENDED", "EXHAUSTED", "RUNOFF"), "end_covers"),
    "assessment": {"DUE": "expire_assessments", "OVERDUE": "write_off_assessments"},
    "allocation fill": {"ALLOCATED": "lapse_fills"},
    "claim": {
        **dict.fromkeys(("HELD", "DISPUTED", "DUE"), "settle_claims"),
        **dict.fromkeys(("PAID", "OVERDUE"), "end_loss_events"),
    },
    "margin call": {"CALLED": "end_margin_calls", "CURED": "end_margin_calls"},
    "repo": {"OPEN": "collect_repos", "OVERDUE": "collect_repos"},
    "vault deposit": {"WAITING": "settle_vaults"},
    "vault withdrawal": {"QUEUED": "settle_vaults"},
    "refill": {"OPEN": "watch_tranches"},
}
# Those that no time ends, and what they wait for instead.
WAITING_FOR = {
    "provider": dict.fromkeys(("APPLIED", "ACTIVE", "SUSPENDED"), "its venue's word"),
    "commitment": dict.fromkeys(("PROPOSED", "ACTIVE", "SUSPENDED"), "a person's word: it may stay for ever"),
    "approval": {"ASKED": "another person; nothing becomes of it once it has lapsed"},
    "alert": dict.fromkeys(("RAISED", "ACKNOWLEDGED"), "the end of its condition"),
}
TABLES: dict[str, Lifecycle] = {
    table.name: table
    for module in (of_accounts, lifecycle)
    for table in vars(module).values()
    if isinstance(table, Lifecycle)
}


def test_exactly_the_final_states_have_no_way_out() -> None:
    assert {
        name: {str(state) for state, moves in table.moves.items() if not moves} for name, table in TABLES.items()
    } == FINAL


def test_a_final_state_is_reached_from_every_state() -> None:
    for name, table in TABLES.items():
        if not FINAL[name]:
            continue  # a commitment may stay for ever
        ending = set(FINAL[name])
        for _ in table.moves:
            ending |= {str(state) for state, moves in table.moves.items() if ending & {str(move) for move in moves}}
        assert ending == {str(state) for state in table.moves}, name


def test_every_state_that_something_follows_ends_by_a_sweep_or_says_what_it_waits_for() -> None:
    for name, table in TABLES.items():
        named = [*EXITS.get(name, {}), *WAITING_FOR.get(name, {})]
        assert sorted(named) == sorted(str(state) for state in table.under_way), name
    assert {sweep for exits in EXITS.values() for sweep in exits.values()} <= set(STAGES)
    assert EXITS.keys() | WAITING_FOR.keys() == TABLES.keys()


def test_the_tables_know_every_state_of_their_models() -> None:
    of_states = [model for model in apps.get_models() if isinstance(getattr(model, "lifecycle", None), Lifecycle)]
    assert {model.lifecycle.name for model in of_states} == TABLES.keys()
    for model in of_states:
        choices = {value for value, _ in model._meta.get_field("state").choices or []}
        assert choices == {str(state) for state in model.lifecycle.moves}, model


def test_the_clock_runs_every_stage_once_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping, ran = threading.Event(), []

    def run(stage: str) -> int:
        ran.append(stage)
        if len(ran) == len(STAGES):
            stopping.set()
        return 0

    monkeypatch.setattr(clock_rounds, "_run", run)
    monkeypatch.setattr(clock_rounds, "wake", lambda stage: None)
    monkeypatch.setattr(clock_rounds, "_deliver", lambda courier, postman, moved: 1.0)
    monkeypatch.setattr(clock_rounds, "beat", lambda actor, venues: None)
    monkeypatch.setattr(clock_rounds, "clock", Mock())
    monkeypatch.setattr(clock_rounds, "connection", Mock())
    monkeypatch.setattr(clock_rounds.queries, "get_next_deadline", lambda after: None)
    clock_rounds.keep_time(stopping)
    assert sorted(ran) == sorted(STAGES)


def test_every_queue_has_a_worker_a_bound_and_wake_ups_that_do_not_grow_old() -> None:
    app.finalize()
    queues = {stage.queue for stage in STAGES.values() if stage.queue}
    assert [name for name, stage in STAGES.items() if stage.queue is None] == ["watch_alerts"]
    assert queues == {queue.name for queue in settings.CELERY_TASK_QUEUES}
    started = [words for words in programs.commands("127.0.0.1", 8000, 9000).values() if "worker" in words]
    assert sorted(words[words.index("--queues") + 1] for words in started) == sorted(queues)
    for queue in settings.CELERY_TASK_QUEUES:
        assert queue.queue_arguments["x-max-length"] == settings.WAKE_UPS_WAITING
    assert app.tasks["sweep"].expires is None
    assert not app.tasks["sweep"].acks_late


def test_what_fails_at_another_stage_parks_no_auction_for_the_close() -> None:
    assert [name for name, stage in STAGES.items() if stage.model is Auction] == ["close_auctions"]


def test_every_query_for_what_is_due_belongs_to_one_stage() -> None:
    asked = [stage.due for stage in STAGES.values()]
    assert len(set(asked)) == len(asked)
    names = {getattr(due, "func", due).__name__ for due in asked}
    assert {name for name in vars(queries) if name.startswith("due_to_")} == names
    assert {name for stage in STAGES.values() for name in stage.next} <= set(STAGES)


def test_the_waterfall_ends_from_every_step_however_often_venues_reject() -> None:
    for rounds in range(4):
        for start in set(StepKind) - {StepKind.RETURN}:
            for rejected in (False, True):
                for risky in (False, True):
                    assert len(_way(start, rejected, risky, 1 + rounds)) <= 3 * rounds + 6


def _way(kind: StepKind, rejected: bool, risky: bool, last_round: int) -> list[StepKind]:
    """The steps of a lot of which nobody takes anything, with time for so many rounds."""
    way, dutch, round_ = [kind], int(kind is StepKind.DUTCH), 1
    while kind is not StepKind.RETURN and len(way) < 100:
        before, kind = (
            kind,
            next_step(
                Progress(
                    kind=kind,
                    round=round_,
                    dutch_steps=dutch,
                    rejected=rejected,
                    has_time=round_ < last_round,
                    is_too_risky=risky,
                )
            ),
        )
        round_ += kind == WATERFALL[before].patient
        dutch += kind is StepKind.DUTCH
        way.append(kind)
    return way
