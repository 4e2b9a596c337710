"""Another person confirms what was asked for, and it happens: once, in this very transaction."""

from uuid import UUID

from accounts.desks.approvals import carry_out, lock_approval, record_approval, require_names
from accounts.events import ApprovalConfirmed
from accounts.lifecycle import ApprovalState
from accounts.models import Approval
from accounts.models.approvals import LAPSED
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import current_actor, operation


@operation
def confirm_approval(*, venue_id: UUID, approval_id: UUID) -> Approval:
    """Confirm and carry out; the same person again is answered the same.

    Raises `approval_unknown`, `person_unknown`, `approval_same_person`, `approval_decided`, `approval_lapsed`,
    `approval_outdated`, and what the operation raises: then it may be confirmed later.
    """
    actor = current_actor()
    approval = lock_approval(venue_id, approval_id)
    names = require_names(actor)
    if approval.state == ApprovalState.CONFIRMED and names & set(approval.confirmed_names):
        return approval
    now = clock.now()
    if names & set(approval.asked_names):
        raise AccountRefusal.APPROVAL_SAME_PERSON.error()
    if approval.standing_at(now) == LAPSED:
        raise AccountRefusal.APPROVAL_LAPSED.error()
    if approval.state != ApprovalState.ASKED:
        raise AccountRefusal.APPROVAL_DECIDED.error(f"it is {approval.state} already")
    approval.confirm(actor, names, now)
    save_changes([approval])
    record_approval(approval, ApprovalConfirmed)
    carry_out(approval)
    return approval
