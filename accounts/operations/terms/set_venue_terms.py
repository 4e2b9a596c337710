"""A venue's terms from an instant on: its notice, how long what it reports counts, and the times of a default."""

from datetime import datetime
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.events import VenueTermsSet
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models import Venue, VenueTerms
from backstop.queries import get_venue_terms
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def set_venue_terms(
    *,
    venue_id: UUID,
    reason: str,
    notice_seconds: int,
    exposure_max_age_seconds: int | None = None,
    default_confirm_seconds: int | None = None,
    default_book_seconds: int | None = None,
    effective_at: datetime | None = None,
) -> VenueTerms:
    """Terms from `effective_at` on (None, or an instant that is over: now), for what is announced from then on.

    Those that are None stay as they are then. What was set for later is void. Raises `reason_missing`,
    `person_unknown`.
    """
    reason = require_reason(reason)
    lock(Lock.TERMS, [venue_id])
    now = clock.now()
    at = max(now, effective_at or now)
    VenueTerms.objects.filter(venue=venue_id, effective_at__gte=at).delete()
    before = get_venue_terms(Venue.objects.get(id=venue_id), at)
    asked = {
        "exposure_max_age_seconds": exposure_max_age_seconds,
        "default_confirm_seconds": default_confirm_seconds,
        "default_book_seconds": default_book_seconds,
    }
    said = {name: getattr(before, name) if value is None else value for name, value in asked.items()}
    said["notice_seconds"] = notice_seconds
    terms = VenueTerms.objects.create(venue_id=venue_id, effective_at=at, **said)
    record_events([VenueTermsSet(venue_id=venue_id, subject_id=venue_id, effective_at=at, reason=reason, **said)])
    return terms
