"""A venue says what came back of what an insurer paid for a margin call."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_done, require_above_zero, stake_of_move, subject_of
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.margin_calls import lock_margin_call
from accounts.desks.receivables import Receivables
from accounts.models import AccountKind, CureRepayment, MarginCall
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import to_text

SCOPE = "cure_repayment"


def _at_stake(*, venue_id: UUID, margin_call_id: UUID, amount: Decimal, reference: str, reason: str) -> Stake | None:
    call = MarginCall.objects.filter(id=margin_call_id, venue=venue_id).select_related("cover__asset").first()
    if call is None:
        raise AccountRefusal.MARGIN_CALL_UNKNOWN.error()
    asset = call.cover.asset.code
    return stake_of_move(venue_id=venue_id, asset=asset, amount=amount, scope=SCOPE, reference=reference, comes_in=True)


@operation
@by_two(_at_stake)
def repay_cure(*, venue_id: UUID, margin_call_id: UUID, amount: Decimal, reference: str, reason: str) -> MarginCall:
    """Give so much (> 0) that came in through the venue to who paid for the margin call, once by reference: interest
    first.

    Raises `reason_missing`, `margin_call_unknown`, `reference_reused`, `amount_not_movable`,
    `margin_call_not_in_state` once nothing is owed any more, or the time for it is over, `repayment_excessive`,
    `person_unknown`.
    """
    require_reason(reason)
    call, repayment_id = lock_margin_call(venue_id, margin_call_id), subject_of(venue_id, SCOPE, reference)
    if find_done(CureRepayment, repayment_id, margin_call_id=call.id, amount=amount):
        return call
    require_above_zero(amount, call.cover.asset, "repaid")
    now = clock.now()
    receivables = Receivables([call], now)
    owed = receivables.owed_for(call) if call.is_owed_at(now) else None
    if owed is None:
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error("nothing of it is owed (any more)")
    if amount > owed.amount:
        raise AccountRefusal.REPAYMENT_EXCESSIVE.error(f"{to_text(owed.amount)} is owed", pointer="/amount")
    clearing = venue_accounts(venue_id, call.cover.asset)[AccountKind.CLEARING]
    journal = Journal.opened([clearing, *receivables.accounts.values()])
    receivables.count_in(journal)
    receivables.repay(call, clearing, amount, CureRepayment(id=repayment_id, reference=reference))
    receivables.write()
    journal.write()
    return call
