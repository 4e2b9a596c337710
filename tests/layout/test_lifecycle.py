"""Nothing waits for ever: every state has a way out, and the clock runs every sweep."""

import threading
from unittest.mock import Mock

import pytest
from django.conf import settings

from accounts.lifecycle import (
    APPROVAL,
    ASSESSMENT,
    CLAIM,
    COMMITMENT,
    COVER,
    DEFAULT,
    LOSS_EVENT,
    MARGIN_CALL,
    PROVIDER,
    REFILL,
    REPO,
    VAULT_DEPOSIT,
    VAULT_WITHDRAWAL,
)
from accounts.models import (
    Approval,
    Commitment,
    Cover,
    LossEvent,
    MarginCall,
    Provider,
    ProviderDefault,
    Repo,
    VaultDeposit,
    VaultWithdrawal,
)
from auctions import clock_rounds, lifecycle, queries
from auctions.lifecycle import WATERFALL, StepKind
from auctions.models import Alert, Auction, Bid, Book, ProviderFault, Settlement, Step
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
    "settlement": {"SETTLED", "REJECTED", "EXPIRED"},
    "fault": {"UPHELD", "DISMISSED"},
    "alert": {"ENDED"},
    "provider": {"ENDED"},
    "commitment": set(),
    "approval": {"CONFIRMED", "WITHDRAWN"},
    "loss event": {"FINAL"},
    "default": {"LAPSED", "CLOSED"},
    "cover": {"ENDED"},
    "assessment": {"PAID", "LIFTED"},
    "claim": {"CLOSED"},
    "margin call": {"LAPSED", "REPAID", "EXPIRED"},
    "repo": {"REPAID"},
    "vault deposit": {"TAKEN", "LAPSED"},
    "vault withdrawal": {"PAID", "CANCELLED"},
    "refill": {"FILLED", "MISSED"},
}
TABLES: dict[str, Lifecycle] = {
    table.name: table
    for table in (
        lifecycle.BOOK,
        lifecycle.STEP,
        lifecycle.AUCTION,
        lifecycle.BID,
        lifecycle.SETTLEMENT,
        lifecycle.FAULT,
        lifecycle.ALERT,
        PROVIDER,
        COMMITMENT,
        APPROVAL,
        LOSS_EVENT,
        DEFAULT,
        COVER,
        ASSESSMENT,
        CLAIM,
        MARGIN_CALL,
        REPO,
        VAULT_DEPOSIT,
        VAULT_WITHDRAWAL,
        REFILL,
    )
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


def test_the_tables_know_every_state_of_their_models() -> None:
    of_losses = (LossEvent, ProviderDefault, Cover, MarginCall, Repo)
    of_accounts = (Provider, Commitment, Approval, *of_losses, VaultDeposit, VaultWithdrawal)
    for model in (Book, Step, Auction, Bid, Settlement, ProviderFault, Alert, *of_accounts):
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
