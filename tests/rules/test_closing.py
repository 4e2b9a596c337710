"""What becomes of an auction that is looked at: the whole table, and what it says at each limit exactly."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auctions.lifecycle import UNDER_WAY, AuctionState, StepKind
from auctions.rules.breaker import Level
from auctions.rules.closing import (
    DRIFTED,
    HALTED_TOO_LONG,
    KEY_MISSING,
    MARKS_JUMPED,
    MARKS_STALE,
    Decide,
    End,
    Halt,
    Leave,
    Restart,
    Resume,
    Standing,
    Wait,
    outcome_of,
)
from auctions.rules.reopening import reopens
from tests.rules.sealed import TERMS, opened

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
SEALED, DUTCH = StepKind.SEALED, StepKind.DUTCH
OPEN, HALTED = AuctionState.OPEN, AuctionState.HALTED


def standing(**facts: Any) -> Standing:
    """An open sealed auction with a second to go, unless said otherwise."""
    usual: dict[str, Any] = {
        "kind": SEALED,
        "state": OPEN,
        "now": NOW,
        "closes_at": NOW + timedelta(seconds=1),
        "halt_ends_at": None,
        "is_priced": True,
        "has_jumped": False,
        "is_deserted": False,
        "has_key": True,
        "level": Level.ALL,
        "restarts": 0,
        "max_restarts": 1,
    }
    return Standing(**usual | facts)


def over(**facts: Any) -> Standing:
    return standing(closes_at=NOW, **facts)


def halted(**facts: Any) -> Standing:
    return standing(**{"state": HALTED, "halt_ends_at": NOW + timedelta(seconds=1), **facts})


EVERY = [
    standing(
        kind=kind,
        state=state,
        closes_at=NOW + left,
        halt_ends_at=None if state is OPEN else NOW + halt_left,
        is_priced=is_priced,
        has_jumped=False,
        is_deserted=kind is SEALED and is_priced and is_deserted,
        has_key=kind is DUTCH or has_key,
        level=level,
        restarts=restarts,
    )
    for kind, state, left, halt_left, is_priced, is_deserted, has_key, level, restarts in itertools.product(
        (SEALED, DUTCH),
        UNDER_WAY,
        (-MOMENT, timedelta(0), MOMENT),
        (-MOMENT, timedelta(0), MOMENT),
        (True, False),
        (True, False),
        (True, False),
        Level,
        (0, 1, 2),
    )
]


def those(**facts: Any) -> list[Standing]:
    found = [each for each in EVERY if all(getattr(each, name) == value for name, value in facts.items())]
    assert found
    return found


@pytest.mark.parametrize(
    ("auction", "outcome"),
    [
        # a sealed auction is priced at its close alone
        (standing(), Wait()),
        (standing(is_deserted=True), Wait()),
        (standing(has_key=False), Wait()),
        (standing(is_priced=False), Halt(MARKS_STALE)),
        (standing(is_priced=False, has_jumped=True), Halt(MARKS_JUMPED)),
        (over(), Decide()),
        (over(is_deserted=True), Restart()),
        (over(is_deserted=True, restarts=1), Leave(DRIFTED)),
        (over(is_deserted=True, level=Level.NO_OPENING), Restart()),
        (over(is_deserted=True, level=Level.NO_RESTART), Leave(DRIFTED)),
        (over(is_priced=False), Halt(MARKS_STALE)),
        (over(has_key=False), Halt(KEY_MISSING)),
        (over(is_deserted=True, has_key=False), Halt(KEY_MISSING)),
        (over(is_priced=False, has_key=False), Halt(MARKS_STALE)),
        # a Dutch one at every instant
        (standing(kind=DUTCH), Wait()),
        (standing(kind=DUTCH, is_priced=False), Halt(MARKS_STALE)),
        (over(kind=DUTCH), End()),
        (over(kind=DUTCH, is_priced=False), End()),
        # a halt ends by itself
        (halted(), Resume()),
        (halted(is_deserted=True), Resume()),
        (halted(is_priced=False), Wait()),
        (halted(has_key=False), Wait()),
        (halted(level=Level.NO_RESTART), Resume()),
        (halted(level=Level.NO_BIDS), Wait()),
        (halted(closes_at=NOW), Resume()),
        (halted(halt_ends_at=NOW), Leave(HALTED_TOO_LONG)),
        (halted(halt_ends_at=NOW, is_priced=False), Leave(HALTED_TOO_LONG)),
    ],
)
def test_what_becomes_of_an_auction(auction, outcome):
    assert outcome_of(auction) == outcome


@pytest.mark.parametrize(("kind", "outcome"), [(SEALED, Decide()), (DUTCH, End())])
def test_at_closes_at_exactly_the_window_is_over_and_a_moment_before_it_is_not(kind, outcome):
    assert outcome_of(standing(kind=kind, closes_at=NOW)) == outcome
    assert outcome_of(standing(kind=kind, closes_at=NOW + MOMENT)) == Wait()


def test_at_its_longest_time_exactly_a_halt_ends_and_a_moment_before_it_does_not():
    assert outcome_of(halted(halt_ends_at=NOW)) == Leave(HALTED_TOO_LONG)
    assert outcome_of(halted(halt_ends_at=NOW + MOMENT)) == Resume()


def test_each_outcome_comes_about():
    assert {type(outcome_of(each)) for each in EVERY} == {Wait, Halt, Resume, Restart, End, Leave, Decide}


def test_a_halted_auction_resumes_waits_or_is_left_and_is_never_decided():
    assert {type(outcome_of(each)) for each in those(state=HALTED)} == {Resume, Wait, Leave}


def test_a_halt_that_lasted_too_long_ends_whatever_else_holds():
    for each in those(state=HALTED, halt_ends_at=NOW):
        assert outcome_of(each) == Leave(HALTED_TOO_LONG)


def test_nothing_is_decided_or_restarted_without_marks():
    assert {type(outcome_of(each)) for each in those(is_priced=False)} == {Halt, Wait, Leave, End}


def test_nothing_is_decided_or_restarted_without_the_key():
    for each in those(kind=SEALED, has_key=False):
        assert not isinstance(outcome_of(each), Decide | Restart)


def test_nothing_is_decided_before_the_window_is_over_or_at_marks_that_left_no_bid():
    for each in EVERY:
        if isinstance(outcome_of(each), Decide):
            assert each.kind is SEALED
            assert each.closes_at <= each.now
            assert each.is_priced
            assert not each.is_deserted


def test_only_an_open_auction_halts_and_only_a_halted_one_resumes():
    assert {each.state for each in EVERY if isinstance(outcome_of(each), Halt)} == {OPEN}
    assert {each.state for each in EVERY if isinstance(outcome_of(each), Resume)} == {HALTED}


def test_an_auction_is_restarted_max_restarts_times_at_most_and_never_where_the_breaker_stops_it():
    for each in EVERY:
        if isinstance(outcome_of(each), Restart):
            assert each.restarts < each.max_restarts
            assert each.level.allows_restart


def test_what_waits_is_woken_by_time_alone():
    """Its window or its halt ends, and then it waits no more."""
    for each in EVERY:
        if isinstance(outcome_of(each), Wait):
            later = replace(each, now=max(each.closes_at, each.halt_ends_at or each.closes_at))
            assert not isinstance(outcome_of(later), Wait)


def test_a_dutch_auction_whose_window_is_over_ends_at_any_marks():
    for each in those(kind=DUTCH, state=OPEN, closes_at=NOW):
        assert outcome_of(each) == End()


CONTESTED = (opened(1, "Alice", 100, "10"), opened(2, "Bob", 100, "20"))
ALONE = CONTESTED[:1]
BOTH_WAYS = tuple(opened(n, name, 100, "10", inverse_edge_bps=Decimal(10)) for n, name in ((1, "Alice"), (2, "Bob")))
ONE_WAY = (*BOTH_WAYS[:1], opened(2, "Bob", 100, "10", inverse_edge_bps=Decimal(9000)))


def again(bids: Any, rounds: int = 1, *, level: Level = Level.ALL, shows_lot: bool = True, **terms: Any) -> bool:
    said = replace(TERMS, rounds=rounds, **terms)
    return reopens(said, bids, level=level, max_reopenings=1, shows_lot=shows_lot)


def test_only_for_want_of_competition_the_window_opens_once_more():
    assert again(ALONE)
    assert again(())
    assert not again(CONTESTED)


def test_it_is_reopened_max_reopenings_times_exactly():
    assert [again(ALONE, rounds) for rounds in (1, 2, 3)] == [True, False, False]


def test_nothing_is_reopened_from_level_two_on():
    assert [again(ALONE, level=level) for level in Level] == [True, True, False, False]


def test_of_a_lot_that_is_not_shown_its_inverse_needs_competition_too():
    for inverse in (False, True):
        assert not again(BOTH_WAYS, shows_lot=False, inverse=inverse)
        assert again(ONE_WAY, shows_lot=False, inverse=inverse), "whichever way it points"
    assert not again(ONE_WAY, shows_lot=True, inverse=False)
