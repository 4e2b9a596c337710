"""A provider pays what it was called for, out of its collateral."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.assessments import AssessmentDesk
from accounts.desks.loss_locks import lock_losses
from accounts.desks.recoveries import RecoveryDesk
from accounts.lifecycle import ASSESSMENT, AssessmentState
from accounts.models import Assessment
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation


def _at_stake(*, venue_id: UUID, assessment_id: UUID, provider_id: UUID | None = None) -> Stake | None:
    if provider_id is not None:
        return None
    unpaid = Assessment.objects.filter(state__in=ASSESSMENT.under_way)
    due = unpaid.filter(id=assessment_id, venue=venue_id).first()
    return Stake(due.asset_id, due.owed.copy_negate()) if due else None


@operation
@by_two(_at_stake)
def pay_assessment(*, venue_id: UUID, assessment_id: UUID, provider_id: UUID | None = None) -> Assessment:
    """Take what is due out of the provider's collateral, held for it or free; paying twice pays once. Where a provider
    is named it pays its own, which is its own word alone.

    What is overdue is paid late, as far as the provider has it free, and makes whole who bears it instead. Raises
    `assessment_unknown`, `person_unknown`, and `collateral_insufficient` where less is there than is due, or nothing
    of what is overdue.
    """
    lock_losses([venue_id])
    found = Assessment.objects.filter(id=assessment_id, venue=venue_id)
    if provider_id is not None:
        found = found.filter(provider=provider_id)
    assessment = found.select_related("asset", "provider", "obligation__loss_event").first()
    if assessment is None:
        raise AccountRefusal.ASSESSMENT_UNKNOWN.error()
    if assessment.state == AssessmentState.DUE:
        _pay_in_time(assessment)
    if assessment.state == AssessmentState.OVERDUE:
        return _pay_late(assessment)
    return assessment


def _pay_in_time(assessment: Assessment) -> None:
    desk = AssessmentDesk([assessment], clock.now())
    if not desk.take(assessment):
        raise AccountRefusal.COLLATERAL_INSUFFICIENT.error()
    desk.write()


def _pay_late(assessment: Assessment) -> Assessment:
    desk = RecoveryDesk(assessment.obligation.loss_event, assessment.asset, clock.now())
    paid = desk.pay_late(assessment.id)
    if paid is None:
        raise AccountRefusal.COLLATERAL_INSUFFICIENT.error()
    desk.write()
    return paid
