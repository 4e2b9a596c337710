"""What is overdue is taken as its provider has something free again, so that nothing new comes before it for long."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.loss_locks import lock_losses
from accounts.desks.recoveries import RecoveryDesk
from accounts.lifecycle import AssessmentState
from accounts.models import Assessment
from backstop import clock
from backstop.transactions import operation


@operation
def take_overdue(*, ids: Sequence[UUID]) -> int:
    """Have the first of these assessments that is overdue paid late, of what its provider has free; how many that were:
    a recovery is one a transaction."""
    lock_losses(list(Assessment.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    overdue = Assessment.objects.filter(id__in=ids, state=AssessmentState.OVERDUE).order_by("due_by", "created_at")
    assessment = overdue.select_related("asset", "obligation__loss_event").first()
    if assessment is None:
        return 0
    desk = RecoveryDesk(assessment.obligation.loss_event, assessment.asset, clock.now())
    if desk.pay_late(assessment.id) is None:
        return 0
    desk.write()
    return 1
