"""The waterfall is one table: to add a kind of step is to add a row, an operation and a migration, and nothing else."""

import ast

import pytest

from auctions.desks.work import caps_of
from auctions.lifecycle import AUCTIONED, FIRST_AUCTION, FIRST_STEP, WATERFALL, StepKind, Takers
from auctions.models import Auction, Playbook, Step
from auctions.queries.audit import CHECKS
from auctions.rules.waterfall import Progress, next_step
from auctions.tasks import STAGES
from backstop import clock
from tests import builders as build
from tests import market
from tests.layout.bans import HOUSE, modules

KINDS = list(StepKind)


def test_every_kind_has_its_row_in_order() -> None:
    assert list(WATERFALL) == KINDS == [step.kind for step in WATERFALL.values()]
    assert KINDS[0] == FIRST_STEP


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_worked_by_an_operation_that_is_a_stage(kind) -> None:
    sweep = WATERFALL[kind].sweep
    assert (HOUSE / "auctions" / "operations" / "sweeps" / f"{sweep}.py").exists()
    assert STAGES[sweep].operation.__name__ == sweep
    assert STAGES[sweep].model is Step


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_that_is_ready_is_due_at_the_stage_of_its_kind_alone(kind, travel) -> None:
    travel.freeze()
    venue = build.a_venue()
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"))
    market.sweep("route_books")
    Step.objects.update(kind=kind)
    step = Step.objects.get()
    due = {name for name, stage in STAGES.items() if step.id in stage.due(clock.now()).list_ids()}
    assert due == {WATERFALL[kind].sweep}


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_earn_an_edge_has_a_cap_in_the_playbook_that_the_audit_knows(kind) -> None:
    step = WATERFALL[kind]
    if step.takers is Takers.VENUE:
        assert step.cap is None
        return
    assert step.cap is not None
    Playbook._meta.get_field(step.cap)
    assert f"WHEN '{kind}' THEN y.{step.cap}" in CHECKS["no award pays more than the cap of its step"]


def test_caps_are_those_of_the_table() -> None:
    playbook = Playbook()
    caps = caps_of(playbook)
    for kind, step in WATERFALL.items():
        of_table = getattr(playbook, step.cap) if step.cap else 0
        assert caps.of(kind) == of_table


def test_an_auction_is_of_a_kind_that_is_auctioned() -> None:
    assert [value for value, _ in Auction._meta.get_field("kind").choices or []] == [str(kind) for kind in AUCTIONED]
    assert {STAGES[WATERFALL[kind].sweep].operation.__name__ for kind in AUCTIONED} == {"open_auctions"}


@pytest.mark.parametrize("start", KINDS)
def test_every_kind_has_a_way_out(start) -> None:
    """Once there is no time for another round; what comes last takes everything, and gives it back to the venue."""
    last = KINDS[-1]
    assert (WATERFALL[last].takers, WATERFALL[last].followers) == (Takers.VENUE, {last})
    kind, seen = start, set()
    while kind != last:
        assert kind not in seen, f"{start} goes round in circles"
        seen.add(kind)
        before, kind = kind, next_step(Progress(kind=kind, round=1, dutch_steps=9, has_time=False))
        assert kind in WATERFALL[before].followers


def test_whatever_may_follow_is_woken_when_a_lot_is_passed_on() -> None:
    followers = {kind for step in WATERFALL.values() for kind in step.followers}
    assert {WATERFALL[kind].sweep for kind in followers} <= set(STAGES["pass_lots_on"].next)
    assert STAGES["route_books"].next == (WATERFALL[FIRST_STEP].sweep, WATERFALL[FIRST_AUCTION].sweep)


def test_no_other_module_lists_kinds_of_steps() -> None:
    """A list, a table or a chain of several kinds would have to learn of a new one."""
    lists = {
        f"{path}:{node.lineno}"
        for path, source in modules()
        if path != "auctions/lifecycle.py"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set | ast.Compare | ast.BoolOp)
        if len({ast.unparse(each) for each in ast.walk(node) if _is_kind(each)}) > 1
    }
    assert lists == set()


def _is_kind(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) == "StepKind" and node.attr in KINDS
