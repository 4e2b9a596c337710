"""A venue's terms from an instant on: how long before a worse commitment has to be announced then."""

from datetime import datetime
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.events import VenueTermsSet
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models import VenueTerms
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def set_venue_terms(
    *, venue_id: UUID, reason: str, notice_seconds: int, effective_at: datetime | None = None
) -> VenueTerms:
    """Terms from `effective_at` on (None, or an instant that is over: now), for what is announced from then on.

    What was set for later is void. Raises `reason_missing`, `person_unknown`.
    """
    reason = require_reason(reason)
    lock(Lock.TERMS, [venue_id])
    now = clock.now()
    at = max(now, effective_at or now)
    VenueTerms.objects.filter(venue=venue_id, effective_at__gte=at).delete()
    terms = VenueTerms.objects.create(venue_id=venue_id, effective_at=at, notice_seconds=notice_seconds)
    told = VenueTermsSet(
        venue_id=venue_id, subject_id=venue_id, notice_seconds=notice_seconds, effective_at=at, reason=reason
    )
    record_events([told])
    return terms
