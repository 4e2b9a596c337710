"""A provider pays what it was called for, out of its collateral."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.assessments import AssessmentDesk
from accounts.desks.loss_sharing import lock_losses
from accounts.lifecycle import AssessmentState
from accounts.models import Assessment
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation


def _at_stake(*, venue_id: UUID, assessment_id: UUID, provider_id: UUID | None = None) -> Stake | None:
    if provider_id is not None:
        return None
    unpaid = Assessment.objects.exclude(state=AssessmentState.PAID)
    due = unpaid.filter(id=assessment_id, venue=venue_id).first()
    return Stake(due.asset_id, due.amount.copy_negate()) if due else None


@operation
@by_two(_at_stake)
def pay_assessment(*, venue_id: UUID, assessment_id: UUID, provider_id: UUID | None = None) -> Assessment:
    """Take what is due out of the provider's collateral, held for it or free; paying twice pays once. Where a provider
    is named it pays its own, which is its own word alone.

    What is overdue is paid late. Raises `assessment_unknown`, `collateral_insufficient`, `person_unknown`.
    """
    lock_losses([venue_id])
    found = Assessment.objects.filter(id=assessment_id, venue=venue_id)
    if provider_id is not None:
        found = found.filter(provider=provider_id)
    assessment = found.select_related("asset", "provider", "obligation").first()
    if assessment is None:
        raise AccountRefusal.ASSESSMENT_UNKNOWN.error()
    if assessment.state != AssessmentState.PAID:
        desk = AssessmentDesk([assessment], clock.now())
        if not desk.take(assessment):
            raise AccountRefusal.COLLATERAL_INSUFFICIENT.error()
        desk.write()
    return assessment
