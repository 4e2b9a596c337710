"""Margin calls end by time: no insurer answered, or what one paid did not come back, nor does of a book of the account
that came in time."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.loss_locks import lock_losses
from accounts.desks.margin_calls import record_for_insurers
from accounts.events import CureExpired, MarginCallLapsed
from accounts.lifecycle import MarginCallState
from accounts.models import MarginCall
from auctions.queries import margin_calls_to_end
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def end_margin_calls(*, ids: Sequence[UUID]) -> int:
    """End those of these margin calls whose time is over; how many there were."""
    lock_losses(list(MarginCall.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    due = margin_calls_to_end(now).filter(id__in=ids).order_by("created_at", "reference")
    calls = list(due.select_related("cover__asset").prefetch_related("cover__shares", "repayments"))
    for call in calls:
        if call.state == MarginCallState.CALLED:
            call.move_to(MarginCallState.LAPSED, now)
            record_for_insurers(call, MarginCallLapsed)
        else:
            call.move_to(MarginCallState.EXPIRED, now)
            record_events([_expired(call)])
    save_changes(calls)
    return len(calls)


def _expired(call: MarginCall) -> CureExpired:
    assert call.repay_by is not None
    owed = call.owed_at(call.repay_by)
    return CureExpired(
        venue_id=call.venue_id,
        subject_id=call.id,
        provider_id=call.cured_by_id,
        asset=call.cover.asset.code,
        left=owed.principal,
        interest=owed.interest,
    )
