"""What nobody took goes back to the venue at the marks of the intake, as if it had never been priced."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.journal import Journal
from auctions.desks.awards import Awarding, Winner
from auctions.desks.chain import Chain, given_by
from auctions.desks.news import decided
from auctions.desks.work import ready_work
from auctions.lifecycle import StepKind, StepState
from auctions.models import Beneficiary
from auctions.rules.chain.links import LinkKind
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO


@operation
def return_units(*, ids: Sequence[UUID]) -> int:
    """Give back what is left in those of these RETURN steps that are ready, to the venue or to the fund that sells;
    how many there were."""
    now = clock.now()
    works = ready_work(ids, StepKind.RETURN, now)
    awarding = Awarding(Journal.opened([]), now)
    chain = Chain(now)
    for work in works:
        owner = Beneficiary.FUND if work.book.owned_by_fund else Beneficiary.VENUE
        before = len(awarding.awards)
        awarding.award(work, Winner(work.units_left, ZERO, owner), work.intake_marks)
        chain.add_step(LinkKind.RETURN, work, work.awards, given=given_by(awarding.awards[before:]))
        work.step.move_to(StepState.SETTLING, now)
    save_changes(work.step for work in works)
    awarding.write()
    record_events(decided(work.step for work in works))
    chain.write()
    awarding.finish()
    return len(works)
