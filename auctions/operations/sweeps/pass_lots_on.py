"""Passing on: a step whose settlements are all final ends, and what is left of its lot goes to the next.

Guarantees that a lot ends only when every unit of it is settled, and that a budget that was not used is for the other
lots of its book, or free again. A wish lasts from a sealed auction into the Dutch one of its round.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal, accounts_by_asset
from accounts.models import AccountKind
from auctions.desks.cut_bids import accounts_of_cut, lapse_each, lock_between, write_ended
from auctions.desks.funds import drop_wishes
from auctions.desks.news import begun
from auctions.desks.taking_over import BeforeAuction, offer_to_insurers
from auctions.desks.unplaced import choose_too_risky
from auctions.desks.work import Work, load_work, lock_books
from auctions.events import LotFunded, StepEnded
from auctions.lifecycle import FAILED, SETTLEMENT, WATERFALL, SettlementState, StepKind, StepState
from auctions.models import Book, CutBid, Lot, Step
from auctions.rules.waterfall import Progress, has_time, next_round_at, next_step
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference
from backstop.values.splitting import split_amount


@operation
@kept_alive()
def pass_lots_on(*, ids: Sequence[UUID]) -> int:
    """End those of these steps that wait for nothing any more; how many there were."""
    books = lock_books(Book.objects.filter(id__in=Step.objects.filter(id__in=ids).values("lot__book")))
    now = clock.now()
    steps = Step.objects.filter(id__in=ids, lot__book__in=books, state=StepState.SETTLING)
    works = [work for work in load_work(steps, books, now) if _is_final(work)]
    for work in works:
        work.step.end(_placed(work), now)
    save_changes(work.step for work in works)
    cut = lock_between(lot__in=[work.lot for work in works if _has_nothing_to_wait_for(work)])
    dutch_steps = Counter(
        Step.objects.filter(lot__in=[work.lot for work in works], kind=StepKind.DUTCH).values_list("lot", flat=True)
    )
    following = _following([work for work in works if work.units_left], dutch_steps, now)
    by_lot = {work.lot.id: work for work in works}
    offered = offer_to_insurers([_before_auction(step, by_lot[step.lot_id]) for step in following], now)
    Step.objects.bulk_create(following)
    offered_next = {step.lot_id for step in following if step.kind == StepKind.DUTCH}
    drop_wishes([work.lot for work in works if work.lot.id not in offered_next])
    record_events([*map(_ended, works), *map(begun, following), *offered])
    _end_lots([work for work in works if not work.units_left], cut, now)
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
        is_of_fund=work.book.owned_by_fund,
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


def _before_auction(step: Step, work: Work) -> BeforeAuction:
    return BeforeAuction(step, work.positions, work.awards, work.step)


def _has_nothing_to_wait_for(work: Work) -> bool:
    """Whether what was cut back of the lot waits in vain: its Dutch auction was skipped, or nothing is left of it."""
    return work.step.kind == StepKind.DUTCH or not work.units_left


def _end_lots(works: Sequence[Work], cut: Sequence[CutBid], now: datetime) -> None:
    """What a lot left unspent of its own goes to its book's others, by risk; what the fund held for it is free, and so
    is what was held for what was cut back."""
    funds = accounts_by_asset(AccountKind.FUND, [work.asset for work in works])
    bidders = accounts_of_cut(cut)
    journal = Journal.opened([*funds.values(), *(work.book.estate_id for work in works), *bidders.values()])
    lapse_each(cut, journal, bidders, now)
    open_lots = Lot.objects.filter(book__in=[work.book for work in works], ended_at__isnull=True)
    others = open_lots.exclude(id__in=[work.lot.id for work in works]).select_related("book__asset").in_bulk()
    for work in works:
        lot, estate = work.lot, work.book.estate_id
        journal.release(estate, lot.estate_held)
        in_estate = min(lot.equity_budget, max(journal.free(estate), ZERO))
        kept = min(difference(lot.equity_budget, in_estate), work.book.kept_equity)
        for other, share, share_of_kept in _shares(work, in_estate, kept, others):
            other.receive(share, share_of_kept)
            journal.hold(estate, share)
        journal.release(funds[work.asset.id], lot.fund_held)
        lot.end(now)
    record_events([_funded(lot) for lot in others.values() if lot.changes])
    save_changes([*(work.lot for work in works), *others.values()])
    write_ended(cut)
    journal.write()


def _shares(
    work: Work, in_estate: Decimal, kept: Decimal, others: Mapping[UUID, Lot]
) -> Iterator[tuple[Lot, Decimal, Decimal]]:
    """What of both goes to each other lot of the book: by the risk of their free legs at the marks in force."""
    equity = work.equities[work.book.id]
    weights = dict(zip(equity.lots, equity.weights(equity.marks), strict=True))
    taking = [lot for lot in others.values() if weights.get(lot.id)]
    if not taking:
        return
    risks = [weights[lot.id] for lot in taking]
    yield from zip(
        taking,
        split_amount(in_estate, risks, work.asset.scale),
        split_amount(kept, risks, work.asset.scale),
        strict=True,
    )


def _funded(lot: Lot) -> LotFunded:
    return LotFunded(**lot.book.whose, subject_id=lot.id, estate_held=lot.estate_held)


def _ended(work: Work) -> StepEnded:
    step = work.step
    return StepEnded(
        **work.book.whose,
        subject_id=step.id,
        kind=step.kind,
        units_in=step.units_in,
        units_placed=step.units_placed,
    )
