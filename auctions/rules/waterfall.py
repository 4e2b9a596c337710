"""The order of steps, and what each may cost: read from the one table in auctions/lifecycle.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from auctions.lifecycle import WATERFALL, StepKind
from backstop.values.amounts import ZERO


@dataclass(frozen=True, slots=True)
class Caps:
    """The playbook's caps on edges by kind of step, rising from step to step; `uncontested` holds wherever competition
    is missing."""

    by_kind: Mapping[StepKind, Decimal]
    uncontested: Decimal

    def of(self, kind: str, contested: bool) -> Decimal:
        """The most that a step may pay. Who has no cap earns no edge."""
        cap = self.by_kind.get(StepKind(kind), ZERO)
        return cap if contested else min(cap, self.uncontested)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a lot stands when a step has ended and units of it are left."""

    kind: StepKind
    rejected: bool
    dutch_steps: int
    max_dutch_steps: int
    late: bool


def next_step(progress: Progress) -> StepKind:
    """Where the waterfall goes on, by `WATERFALL`.

    Units that come back rejected from the last auction get one more DUTCH. What the fund does not take gets as many
    further ones as the playbook retries. A book that is `late` (past the longest time for its waterfall) goes straight
    to the fund, and then back to the venue.
    """
    step = WATERFALL[progress.kind]
    if progress.late:
        return step.late
    if step.rejected and progress.rejected and progress.dutch_steps == 1:
        return step.rejected
    if step.patient and progress.dutch_steps < progress.max_dutch_steps:
        return step.patient
    return step.next
