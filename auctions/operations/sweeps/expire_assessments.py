"""What providers were called for is taken out of their collateral once its time is over; where that has too little, it
is overdue: ground for their default."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.assessments import AssessmentDesk
from accounts.desks.loss_sharing import lock_losses, said_of
from accounts.events import AssessmentOverdue
from accounts.lifecycle import AssessmentState
from accounts.models import Assessment
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def expire_assessments(*, ids: Sequence[UUID]) -> int:
    """Take those of these whose time is over, or let them be overdue; how many there were."""
    lock_losses(list(Assessment.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    late = Assessment.objects.filter(id__in=ids, state=AssessmentState.DUE, due_by__lte=now)
    assessments = list(late.select_related("asset", "obligation").order_by("due_by"))
    if not assessments:
        return 0
    desk = AssessmentDesk(assessments, now)
    overdue = [each for each in assessments if not desk.take(each)]
    for assessment in overdue:
        assessment.move_to(AssessmentState.OVERDUE, now)
    save_changes(overdue)
    record_events([AssessmentOverdue(**said_of(each)) for each in overdue])
    desk.write()
    return len(assessments)
