"""Somebody says what an instrument is worth, where sources fail: as a source of their own, among the others."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two, people_behind
from accounts.events import MarkSetByHand
from accounts.models import User
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.desks.marks import BY_HAND, MarkQuote, take_marks
from backstop.locks import Lock, lock
from backstop.models import Instrument, Mark
from backstop.record import record_events
from backstop.refusals import GroundRefusal
from backstop.transactions import operation


def hand_of(actor: str) -> str:
    """The source that marks are of which this actor sets by hand: one for a person, whatever its keys or its name are.

    Raises `person_unknown` for somebody who is no user any more under the name of then.
    """
    people = people_behind(actor)
    if not people:
        return f"{BY_HAND}{actor.partition(':')[2]}"
    user = User.objects.filter(username=people[0]).first()
    if user is None:
        raise AccountRefusal.PERSON_UNKNOWN.error()
    return f"{BY_HAND}{user.pk}"


@operation
@by_two(unmeasured)
def set_mark_by_hand(
    *, venue_id: UUID, instrument_id: UUID, price: Decimal, reason: str, source: str, marked_at: datetime
) -> Mark:
    """A mark by this source, as `hand_of` names who sets it, of when it was asked for: it grows old while it waits for
    a second person. It counts as any source's does, no more.

    Raises `reason_missing`, `not_found`, `marks_refused`, `person_unknown`.
    """
    reason = require_reason(reason)
    lock(Lock.MARKS, [venue_id])
    instrument = Instrument.objects.filter(id=instrument_id, venue=venue_id).first()
    if instrument is None:
        raise GroundRefusal.NOT_FOUND.error(f"this venue has no instrument {instrument_id}")
    (mark,) = take_marks(venue_id=venue_id, quotes=[MarkQuote(instrument.symbol, price, marked_at, source)])
    told = MarkSetByHand(
        venue_id=venue_id,
        subject_id=instrument.id,
        instrument=instrument.symbol,
        price=price,
        source=source,
        reason=reason,
    )
    record_events([told])
    return mark
