"""Assignment: standing commitments take their share of a lot at once, at one price; what they have left enters the
sealed auction as firm bids."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.desks.assigning import assign_lot
from auctions.desks.awards import Awarding
from auctions.desks.breakers import hold_breakers
from auctions.desks.chain import Chain
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.news import decided
from auctions.desks.work import UNPRICED, Work, pass_or_wait, ready_work
from auctions.lifecycle import StepKind
from auctions.models import Step
from auctions.queries import list_breaker_levels
from auctions.rules.chain.links import LinkKind
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@kept_alive()
def assign_lots(*, ids: Sequence[UUID]) -> int:
    """Carry out those of these ASSIGN steps that are ready; how many there were.

    Where the breaker stops bids, it stops standing ones too: a step waits as it would for marks.
    """
    hold_breakers(Step.objects.filter(id__in=ids).values_list("lot__book__venue", flat=True))
    now = clock.now()
    works = ready_work(ids, StepKind.ASSIGN, now)
    levels = list_breaker_levels([work.step.id for work in works])
    priced = {
        work.step.id: marks
        for work in works
        if levels[work.step.id].allows_bids and (marks := work.marks_if_fresh(now)) is not None
    }
    chain = Chain(now)
    for work in works:
        if pass_or_wait(work, now, priced=work.step.id in priced):
            chain.pass_step(work, UNPRICED)
    save_changes(work.step for work in works)
    awarding = _assign([(work, priced[work.step.id]) for work in works if work.step.id in priced], chain, now)
    record_events(decided(work.step for work in works))
    chain.write()
    if awarding is not None:
        awarding.finish()
    return len(works)


def _assign(priced: Sequence[tuple[Work, Mapping[UUID, Decimal]]], chain: Chain, now: datetime) -> Awarding | None:
    """The awards, written but for what is locked last, and what they were decided by in the chain; None where there is
    nothing to award."""
    if not priced:
        return None
    desk = CommitmentDesk([work for work, _ in priced], now)
    awarding = Awarding(desk.journal, now, desk.exposure)
    for work, marks in priced:
        chain.add_step(LinkKind.ASSIGN, work, work.awards, **assign_lot(work, marks, desk, awarding))
    awarding.write()
    desk.funds.write()
    return awarding
