"""What is overdue for long is written off once its provider has nothing left here to take it of: it was never paid."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.loss_locks import lock_losses
from accounts.desks.loss_sharing import said_of
from accounts.events import AssessmentWrittenOff
from accounts.models import Assessment
from accounts.queries import list_uncollectible
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def write_off_assessments(*, ids: Sequence[UUID]) -> int:
    """Write off those of these assessments that are overdue for long enough, and of which nothing can be collected; how
    many there were. Who bears instead what was not paid goes on bearing it."""
    lock_losses(list(Assessment.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    uncollectible = list_uncollectible(now).filter(id__in=ids).order_by("due_by", "created_at")
    assessments = list(uncollectible.select_related("asset", "obligation"))
    for assessment in assessments:
        assessment.write_off(now)
    save_changes(assessments)
    record_events([AssessmentWrittenOff(**said_of(each), written_off=each.written_off) for each in assessments])
    return len(assessments)
