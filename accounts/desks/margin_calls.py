"""Margin calls of a venue: found while none of them is answered, repaid or ended."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.desks.loss_locks import lock_losses
from accounts.models import MarginCall
from accounts.queries import load_clusters
from accounts.rules.refusals import AccountRefusal
from backstop.events import ProviderEvent
from backstop.record import record_events
from backstop.transactions import requires_transaction


@requires_transaction
def lock_margin_call(venue_id: UUID, margin_call_id: UUID, provider_id: UUID | None = None) -> MarginCall:
    """The venue's call, of a cover that this provider insures where one is named, while no other of the venue changes.
    Raises `margin_call_unknown`."""
    lock_losses([venue_id])
    calls = MarginCall.objects.filter(id=margin_call_id, venue=venue_id).select_related("cover__asset", "group")
    mine = calls.filter(cover__shares__provider=provider_id) if provider_id else calls
    call = mine.first()
    if call is None:
        raise AccountRefusal.MARGIN_CALL_UNKNOWN.error()
    return call


@requires_transaction
def record_for_insurers(call: MarginCall, kind: Callable[..., ProviderEvent], **said: Any) -> None:
    """Record what became of it for each insurer that may answer it; `said` is what this kind says beside what is
    asked."""
    asked = {"cover": call.cover_id, "account": call.account, "asset": call.cover.asset.code, "amount": call.amount}
    whose = {"venue_id": call.venue_id, "subject_id": call.id}
    record_events([kind(**whose, provider_id=provider_id, **asked, **said) for provider_id in _list_answering(call)])


def _list_answering(call: MarginCall) -> list[UUID]:
    """Who insures its cover, may take something new, and is not of its owner's cluster."""
    clusters = load_clusters([call.venue_id])
    owner = clusters.of(call.group_id) if call.group_id else None
    insurers = [share.provider for share in call.cover.shares.select_related("provider").order_by("provider")]
    return [each.id for each in insurers if each.may_offer and clusters.of(each.group_id) != owner]
