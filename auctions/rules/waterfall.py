"""The order of steps, and what each may cost: read from the one table in auctions/lifecycle.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from auctions.lifecycle import WATERFALL, StepKind, Takers
from backstop.values.amounts import ZERO, difference


@dataclass(frozen=True, slots=True)
class Caps:
    """The playbook's caps on edges by kind of step, rising from step to step."""

    by_kind: Mapping[StepKind, Decimal]

    def of(self, kind: str) -> Decimal:
        """The most that a step may pay, where there is competition. Who has no cap earns no edge."""
        return self.by_kind.get(StepKind(kind), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a lot stands when a step of its `round` has ended and units of it are left, after so many `dutch_steps`.

    `rejected` says whether any came back rejected from this step, `has_time` whether another round may still open, and
    `is_too_risky` whether the venue would rather not wait for it.
    """

    kind: StepKind
    round: int
    dutch_steps: int
    rejected: bool = False
    has_time: bool
    is_too_risky: bool = False
    is_of_fund: bool = False


def next_step(progress: Progress) -> StepKind:
    """Where the waterfall goes on, by `WATERFALL`.

    What a round leaves is offered in another one while there is time, and what is too risky to wait is offered to the
    fund before. Once there is no time, units that came back rejected from the last auction get one more DUTCH, once a
    lot; then the fund comes, and what it leaves goes back to the venue. A round that is open is finished. The fund's
    own book is nothing that the fund could take.
    """
    following = _next_of_all(progress)
    if progress.is_of_fund and WATERFALL[following].takers is Takers.FUND:
        return _next_of_all(replace(progress, kind=following))
    return following


def _next_of_all(progress: Progress) -> StepKind:
    step = WATERFALL[progress.kind]
    if step.patient and progress.has_time:
        may_wait = progress.kind == StepKind.FUND or not progress.is_too_risky
        return step.patient if may_wait else step.next
    if step.rejected and progress.rejected and progress.dutch_steps <= progress.round:
        return step.rejected
    return step.next


def next_round_at(now: datetime, retry_seconds: int) -> datetime:
    """When the round after one that ended now opens: a second later at least, so that rounds in which nothing can open
    take time too."""
    return now + timedelta(seconds=max(retry_seconds, 1))


def has_time(opens_at: datetime, waterfall_ends_at: datetime) -> bool:
    """Whether a round that would open then still does; at the end of the book's longest time exactly it does."""
    return opens_at <= waterfall_ends_at


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lot that waits for another round, what is at `risk` in it (notional x margin rate), and how much its playbook
    lets the venue's lots have together."""

    lot_id: UUID
    risk: Decimal
    limit: Decimal | None


def too_risky(waiting: Sequence[Waiting], unplaced_risk: Decimal) -> frozenset[UUID]:
    """Which of these, oldest first, would rather not wait: one after the other until what is then left unplaced is not
    above the limit. At the limit exactly it is not."""
    found = set()
    for each in waiting:
        if each.limit is not None and unplaced_risk > each.limit:
            found.add(each.lot_id)
            unplaced_risk = difference(unplaced_risk, each.risk)
    return frozenset(found)
