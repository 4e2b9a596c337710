"""What of a commitment's window is used: taken with an award, returned when its settlement fails.

Called by assignment, awarding and settlement. Guarantees one counter for each commitment and window, and that a return
goes to the window that the taking came from, once. Windows are fixed and follow one another from the first use.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import Commitment, CommitmentTerms, CommitmentUsage, CommitmentUse
from backstop.transactions import operation
from backstop.values.periods import window_at


@dataclass(frozen=True, slots=True)
class Taking:
    """So much notional (> 0) of a commitment's window, used by the award `subject_id`."""

    commitment_id: UUID
    subject_id: UUID
    notional: Decimal


@operation
def take_capacity(*, takings: Sequence[Taking], now: datetime) -> None:
    """Count takings in the windows of `now`. Whether they fit was the caller's to ask before."""
    if not takings:
        return
    amounts: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for taking in takings:
        amounts[taking.commitment_id, taking.subject_id] += taking.notional
    starts = _window_starts({commitment_id for commitment_id, _ in amounts}, now)
    CommitmentUse.objects.bulk_create(
        [CommitmentUse(commitment_id=one, window_starts_at=start) for one, start in starts.items()],
        ignore_conflicts=True,
    )
    found = CommitmentUse.objects.filter(commitment_id__in=starts, window_starts_at__in=set(starts.values()))
    uses = {use.commitment_id: use for use in found if use.window_starts_at == starts[use.commitment_id]}
    for (commitment_id, _), amount in amounts.items():
        uses[commitment_id].used += amount
    CommitmentUse.objects.bulk_update(uses.values(), ["used"])
    CommitmentUsage.objects.bulk_create(
        CommitmentUsage(use=uses[commitment_id], subject_id=subject_id, amount=amount)
        for (commitment_id, subject_id), amount in amounts.items()
    )


@operation
def return_capacity(*, subject_ids: Collection[UUID], now: datetime) -> None:
    """Give back what these awards have taken, each to its window. Returning twice returns once."""
    taken = CommitmentUsage.objects.filter(subject_id__in=subject_ids, returned_at=None)
    _lock(set(taken.values_list("use__commitment_id", flat=True)))
    usages = list(taken.select_related("use"))
    uses = {usage.use_id: usage.use for usage in usages}
    for usage in usages:
        uses[usage.use_id].used -= usage.amount
        usage.returned_at = now
    CommitmentUse.objects.bulk_update(uses.values(), ["used"])
    CommitmentUsage.objects.bulk_update(usages, ["returned_at"])


def _window_starts(commitment_ids: Collection[UUID], now: datetime) -> dict[UUID, datetime]:
    """Lock the commitments, anchor those that are used for the first time, and find each one's window of `now`."""
    commitments = _lock(commitment_ids)
    Commitment.objects.filter(id__in=commitment_ids, window_anchor_at=None).update(window_anchor_at=now)
    # The last window they had: an award may come in after the one that it was offered in was given up.
    terms = CommitmentTerms.objects.filter(
        commitment_id__in=commitment_ids, effective_at__lte=now, window_seconds__isnull=False
    )
    latest = terms.order_by("commitment_id", "-effective_at").distinct("commitment_id")
    seconds = {row.commitment_id: row.window_seconds or 0 for row in latest}
    return {
        one.id: window_at(one.window_anchor_at or now, seconds[one.id], now).starts_at or now for one in commitments
    }


def _lock(commitment_ids: Collection[UUID]) -> list[Commitment]:
    locked = Commitment.objects.select_for_update(no_key=True).filter(id__in=commitment_ids).order_by("id")
    return list(locked)
