"""Passing on: a step whose settlements are all final ends, and what is left of its lot goes to the next.

Guarantees that a lot ends only when every unit of it is settled, and that a budget that was not used is free again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from accounts.desks.journal import Journal, accounts_by_asset
from accounts.models import AccountKind
from auctions.desks.news import begun
from auctions.desks.work import Work, load_work, lock_books
from auctions.events import StepEnded
from auctions.lifecycle import FAILED, SETTLEMENT, WATERFALL, SettlementState, StepKind, StepState
from auctions.models import Book, Step
from auctions.rules.waterfall import Progress, next_step
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
    following = [_next(work, dutch_steps[work.lot.id], now) for work in works if work.units_left]
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


def _next(work: Work, dutch_steps: int, now: datetime) -> Step:
    playbook, book = work.playbook, work.book
    rejected = any(award.step_id == work.step.id and award.settlement.state in FAILED for award in work.awards)
    progress = Progress(
        kind=StepKind(work.step.kind),
        rejected=rejected,
        dutch_steps=dutch_steps,
        max_dutch_steps=1 + playbook.max_retries,
        late=now >= book.received_at + timedelta(seconds=playbook.max_waterfall_seconds),
    )
    kind = next_step(progress)
    again = kind == WATERFALL[progress.kind].patient
    due_at = now + timedelta(seconds=playbook.retry_seconds) if again else now
    return Step(lot=work.lot, ordinal=work.step.ordinal + 1, kind=kind, due_at=due_at, units_in=work.units_left)


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
