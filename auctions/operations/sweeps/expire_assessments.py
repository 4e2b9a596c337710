"""What providers were called for is taken out of their collateral once its time is over; what that has too little of is
overdue: ground for their default, and nobody pays it meanwhile."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.assessments import AssessmentDesk
from accounts.desks.loss_locks import lock_losses
from accounts.lifecycle import AssessmentState
from accounts.models import Assessment
from backstop import clock
from backstop.transactions import operation


@operation
def expire_assessments(*, ids: Sequence[UUID]) -> int:
    """Take what there is of those of these whose time is over, and let the rest be overdue; how many there were."""
    lock_losses(list(Assessment.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    late = Assessment.objects.filter(id__in=ids, state=AssessmentState.DUE, due_by__lte=now)
    assessments = list(late.select_related("asset", "obligation").order_by("due_by"))
    if not assessments:
        return 0
    desk = AssessmentDesk(assessments, now)
    for assessment in assessments:
        desk.end(assessment)
    desk.write()
    return len(assessments)
