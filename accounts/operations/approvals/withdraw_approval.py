"""Who asked for something that another person has to confirm takes that back."""

from uuid import UUID

from accounts.desks.approvals import lock_approval, record_approval, require_names
from accounts.events import ApprovalWithdrawn
from accounts.lifecycle import ApprovalState
from accounts.models import Approval
from accounts.models.approvals import LAPSED
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import current_actor, operation


@operation
def withdraw_approval(*, venue_id: UUID, approval_id: UUID, reason: str) -> Approval:
    """Nothing becomes of it; the same again answers the same.

    Raises `reason_missing`, `approval_unknown`, `person_unknown`, `approval_not_asked_by_you`, `approval_decided`,
    `approval_lapsed`.
    """
    reason = require_reason(reason)
    approval = lock_approval(venue_id, approval_id)
    names = require_names(current_actor())
    now = clock.now()
    if not names & set(approval.asked_names):
        raise AccountRefusal.APPROVAL_NOT_ASKED_BY_YOU.error()
    if approval.state == ApprovalState.WITHDRAWN:
        return approval
    if approval.standing_at(now) == LAPSED:
        raise AccountRefusal.APPROVAL_LAPSED.error()
    if approval.state != ApprovalState.ASKED:
        raise AccountRefusal.APPROVAL_DECIDED.error(f"it is {approval.state} already")
    approval.withdraw(reason, now)
    save_changes([approval])
    record_approval(approval, ApprovalWithdrawn, why=reason)
    return approval
