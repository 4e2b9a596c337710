"""What is overdue is taken as its provider has something free again, so that nothing new comes before it for long; in
the end what it contributed."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.loss_locks import lock_losses
from accounts.desks.recoveries import RecoveryDesk
from accounts.models import Assessment
from accounts.queries import list_collectible, list_collectible_of_contributions
from backstop import clock
from backstop.transactions import operation


@operation
def take_overdue(*, ids: Sequence[UUID]) -> int:
    """Have the first of these assessments that is overdue paid late, out of what its provider has free, or contributed
    and nothing needs any more; how many that were: a recovery is one a transaction."""
    lock_losses(list(Assessment.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    now = clock.now()
    of_collateral = _first(list_collectible(), ids)
    assessment = of_collateral or _first(list_collectible_of_contributions(now), ids)
    if assessment is None:
        return 0
    desk = RecoveryDesk(assessment.obligation.loss_event, assessment.asset, now)
    if desk.pay_late(assessment.id, of_contribution=of_collateral is None) is None:
        return 0
    desk.write()
    return 1


def _first(overdue: QuerySet[Assessment], ids: Sequence[UUID]) -> Assessment | None:
    rows = overdue.filter(id__in=ids).order_by("due_by", "created_at")
    return rows.select_related("asset", "obligation__loss_event").first()
