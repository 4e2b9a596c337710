"""The commitments of a batch, locked, and what was used of their windows.

There is one counter for each commitment and window; what an award has taken goes back, once, to the window that it came
from. Windows are fixed and follow one another from the first use.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentUsage, CommitmentUse
from accounts.queries.standing import StandingCommitments, load_commitments
from backstop.models.base import save_changes
from backstop.transactions import requires_transaction


def load_standing_commitments(
    venue_ids: Collection[UUID], received_since: datetime, now: datetime
) -> StandingCommitments:
    """Lock and load the commitments of these venues, to be asked about books received at `received_since` or later."""
    commitments = (
        Commitment.objects.select_for_update(no_key=True, of=("self",))
        .filter(venue_id__in=venue_ids, state__in=[CommitmentState.ACTIVE, CommitmentState.SUSPENDED])
        .select_related("provider")
        .order_by("id")
    )
    return load_commitments(commitments, received_since, now)


@dataclass(frozen=True, slots=True)
class Taking:
    """So much notional (> 0) of a commitment's window, by its start, used by the award `subject_id`."""

    commitment_id: UUID
    window_starts_at: datetime
    subject_id: UUID
    notional: Decimal


@requires_transaction
def take_capacity(*, takings: Sequence[Taking]) -> None:
    """Count takings in the windows that they were offered from. Whether they fit was the caller's to ask before."""
    amounts: dict[tuple[_Window, UUID], Decimal] = defaultdict(Decimal)
    for taking in takings:
        amounts[(taking.commitment_id, taking.window_starts_at), taking.subject_id] += taking.notional
    windows = {window for window, _ in amounts}
    _anchor(windows)
    CommitmentUse.objects.bulk_create(
        [CommitmentUse(commitment_id=one, window_starts_at=start) for one, start in windows], ignore_conflicts=True
    )
    found = CommitmentUse.objects.filter(
        commitment_id__in={one for one, _ in windows}, window_starts_at__in={start for _, start in windows}
    )
    uses = {window: use for use in found if (window := (use.commitment_id, use.window_starts_at)) in windows}
    for (window, _), amount in amounts.items():
        uses[window].used += amount
    save_changes(uses.values())
    CommitmentUsage.objects.bulk_create(
        CommitmentUsage(use=uses[window], subject_id=subject_id, amount=amount)
        for (window, subject_id), amount in amounts.items()
    )


@requires_transaction
def return_capacity(*, subject_ids: Collection[UUID], now: datetime) -> None:
    """Give back what these awards have taken, each to its window. Returning twice returns once."""
    taken = CommitmentUsage.objects.filter(subject_id__in=subject_ids, returned_at=None)
    _lock(set(taken.values_list("use__commitment_id", flat=True)))
    usages = list(taken.select_related("use"))
    uses = {usage.use_id: usage.use for usage in usages}
    for usage in usages:
        uses[usage.use_id].used -= usage.amount
        usage.returned_at = now
    save_changes([*uses.values(), *usages])


_Window = tuple[UUID, datetime]


def _anchor(windows: Collection[_Window]) -> None:
    """Lock the commitments; the first window of one that was never used is where all later ones follow from."""
    starts = dict(sorted(windows, reverse=True))  # of several, the earliest is left
    unused = [one for one in _lock(starts) if one.window_anchor_at is None]
    for commitment in unused:
        commitment.window_anchor_at = starts[commitment.id]
    save_changes(unused)


def _lock(commitment_ids: Collection[UUID]) -> list[Commitment]:
    locked = Commitment.objects.select_for_update(no_key=True).filter(id__in=commitment_ids).order_by("id")
    return list(locked)
