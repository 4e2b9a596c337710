"""Passing on: a step whose settlements are all final ends, and what is left of its lot goes to the next.

Guarantees that a lot ends only when every unit of it is settled, and that a budget that was not used is free again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from accounts.desks.journal import Journal, accounts_by_asset
from accounts.models import AccountKind
from auctions.desks.news import begun
from auctions.desks.unplaced import choose_too_risky
from auctions.desks.work import Work, load_work, lock_books
from auctions.events import StepEnded
from auctions.lifecycle import FAILED, SETTLEMENT, WATERFALL, SettlementState, StepKind, StepState
from auctions.models import Book, Step
from auctions.rules.waterfall import Progress, has_time, next_round_at, next_step
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@kept_alive()
def pass_lots_on(*, ids: Sequence[UUID]) -> int:
    """End those of these steps that wait for nothing any more; how many there were."""
    books = lock_books(Book.objects.filter(id__in=Step.objects.filter(id__in=ids).values("lot__book")))
    now = clock.now()
    steps = Step.objects.filter(id__in=ids, lot__book__in=books, state=StepState.SETTLING)
    works = [work for work in load_work(steps, books) if _is_final(work)]
    for work in works:
        work.step.end(_placed(work), now)
    save_changes(work.step for work in works)
    dutch_steps = Counter(
        Step.objects.filter(lot__in=[work.lot for work in works], kind=StepKind.DUTCH).values_list("lot", flat=True)
    )
    following = _following([work for work in works if work.units_left], dutch_steps, now)
    Step.objects.bulk_create(following)
    record_events([*map(_ended, works), *map(begun, following)])
    _free_budgets([work for work in works if not work.units_left], now)
    return len(works)


def _is_final(work: Work) -> bool:
    return all(award.settlement.state in SETTLEMENT.final for award in work.awards if award.step_id == work.step.id)


def _placed(work: Work) -> int:
    return sum(
        award.units
        for award in work.awards
        if award.step_id == work.step.id and award.settlement.state == SettlementState.SETTLED
    )


def _following(works: Sequence[Work], dutch_steps: Mapping[UUID, int], now: datetime) -> list[Step]:
    """Where each of these goes on; what a round left goes to the fund first where it is too risky to wait."""
    following = {work.lot.id: _next(work, dutch_steps[work.lot.id], now) for work in works}
    ended = [work for work in works if _begins_round(work.step, following[work.lot.id])]
    hasty = choose_too_risky([work for work in ended if work.step.kind != StepKind.FUND], now)
    for work in ended:
        if work.lot.id in hasty:
            following[work.lot.id] = _next(work, dutch_steps[work.lot.id], now, is_too_risky=True)
    return list(following.values())


def _begins_round(step: Step, following: Step) -> bool:
    return following.round > step.round


def _next(work: Work, dutch_steps: int, now: datetime, *, is_too_risky: bool = False) -> Step:
    playbook, step = work.playbook, work.step
    opens_at = next_round_at(now, playbook.retry_seconds)
    progress = Progress(
        kind=StepKind(step.kind),
        round=step.round,
        dutch_steps=dutch_steps,
        rejected=any(award.step_id == step.id and award.settlement.state in FAILED for award in work.awards),
        has_time=has_time(opens_at, work.book.waterfall_ends_at),
        is_too_risky=is_too_risky,
    )
    kind = next_step(progress)
    again = kind == WATERFALL[progress.kind].patient
    due_at = opens_at if again else now
    return Step(
        lot=work.lot,
        ordinal=step.ordinal + 1,
        round=step.round + again,
        kind=kind,
        due_at=due_at,
        patient_until=due_at + timedelta(seconds=playbook.max_halt_seconds),
        units_in=work.units_left,
    )


def _free_budgets(works: Sequence[Work], now: datetime) -> None:
    funds = accounts_by_asset(AccountKind.FUND, [work.asset for work in works])
    journal = Journal.opened([*funds.values(), *(work.book.estate_id for work in works)])
    for work in works:
        lot = work.lot
        journal.release(work.book.estate_id, lot.estate_held)
        journal.release(funds[work.asset.id], lot.fund_held)
        lot.end(now)
    save_changes(work.lot for work in works)
    journal.write()


def _ended(work: Work) -> StepEnded:
    step = work.step
    return StepEnded(
        venue_id=work.book.venue_id,
        subject_id=step.id,
        kind=step.kind,
        units_in=step.units_in,
        units_placed=step.units_placed,
    )
