"""An instrument's terms from an instant on: what books that are received then go by, and none before."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.events import InstrumentTermsSet
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models import Instrument, InstrumentTerms
from backstop.queries import get_instrument_terms
from backstop.record import record_events
from backstop.refusals import GroundRefusal
from backstop.transactions import operation
from backstop.values.amounts import EXACT, AmountRefused, require_scale, to_text

RATE_SCALE = 6


@operation
@by_two(unmeasured)
def set_instrument_terms(
    *,
    venue_id: UUID,
    instrument_id: UUID,
    reason: str,
    effective_at: datetime | None = None,
    quantity_step: Decimal | None = None,
    margin_rate: Decimal | None = None,
    is_listed: bool | None = None,
) -> InstrumentTerms:
    """Terms from `effective_at` on (None, or an instant that is over: now); None leaves one as it is then.

    What was announced for later is void. Raises `reason_missing`, `not_found`, `terms_refused` (a step that does not
    divide the former, a margin rate that is no fraction), `person_unknown`.
    """
    reason = require_reason(reason)
    lock(Lock.TERMS, [venue_id])
    instrument = Instrument.objects.filter(id=instrument_id, venue=venue_id).first()
    if instrument is None:
        raise GroundRefusal.NOT_FOUND.error(f"this venue has no instrument {instrument_id}")
    now = clock.now()
    at = max(now, effective_at or now)
    before = get_instrument_terms([instrument], at)[instrument.id]
    terms = InstrumentTerms(
        instrument=instrument,
        effective_at=at,
        quantity_step=before.quantity_step if quantity_step is None else quantity_step,
        margin_rate=before.margin_rate if margin_rate is None else margin_rate,
        is_listed=before.is_listed if is_listed is None else is_listed,
    )
    _require_possible(terms, before)
    instrument.terms.filter(effective_at__gte=at).delete()
    terms.save(force_insert=True)
    told = InstrumentTermsSet(
        venue_id=venue_id,
        subject_id=instrument.id,
        instrument=instrument.symbol,
        quantity_step=terms.quantity_step,
        margin_rate=terms.margin_rate,
        is_listed=terms.is_listed,
        effective_at=at,
        reason=reason,
    )
    record_events([told])
    return terms


def _require_possible(terms: InstrumentTerms, before: InstrumentTerms) -> None:
    """Whatever was received or is held in the former step is a whole number of the new one."""
    step, rate = terms.quantity_step, terms.margin_rate
    if step <= 0 or EXACT.remainder(before.quantity_step, step):
        problem = f"a step has to divide the one before, {to_text(before.quantity_step)}"
        raise AccountRefusal.TERMS_REFUSED.error(problem, pointer="/quantity_step")
    if not 0 <= rate <= 1:
        raise AccountRefusal.TERMS_REFUSED.error("a margin rate is within 0 and 1", pointer="/margin_rate")
    try:
        require_scale(rate, RATE_SCALE, "a margin rate")
    except AmountRefused as refused:
        raise AccountRefusal.TERMS_REFUSED.error(str(refused), pointer="/margin_rate") from refused
