"""A venue's loss plan: each change of it is a new version, for loss events that open from then on."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.events import LossPlanSet
from accounts.lifecycle import STANDING
from accounts.models import Cover, LossLayer, LossPlan
from accounts.models.loss_plans import plan_of
from accounts.queries import get_loss_plan
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.plans import FIRST_RANK, PlannedLayer, asks_covers, require_plan
from backstop.locks import Lock, lock
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def set_loss_plan(*, venue_id: UUID, layers: Sequence[PlannedLayer], reason: str) -> LossPlan:
    """The next version, of these layers in order of rank. Events keep the version that they opened with.

    Raises `reason_missing`, `loss_plan_refused` (also where covers stand that it would not ask),
    `person_unknown`.
    """
    reason = require_reason(reason)
    require_plan(layers)
    lock(Lock.TERMS, [venue_id])  # no cover begins to stand meanwhile
    _require_covers_asked(venue_id, layers)
    version = plan_of(get_loss_plan(venue_id)).version + 1
    plan = LossPlan.objects.create(venue_id=venue_id, version=version, reason=reason)
    LossLayer.objects.bulk_create(
        LossLayer(
            plan=plan,
            rank=rank,
            kind=layer.kind.value,
            per_event=layer.per_event,
            per_24h=layer.per_24h,
            target=layer.target,
            method=layer.method or "",
        )
        for rank, layer in enumerate(layers, FIRST_RANK)
    )
    said = LossPlanSet(
        venue_id=venue_id,
        subject_id=plan.id,
        version=plan.version,
        layers=tuple(layer.kind.value for layer in layers),
        reason=reason,
    )
    record_events([said])
    return plan


def _require_covers_asked(venue_id: UUID, layers: Sequence[PlannedLayer]) -> None:
    if not asks_covers(layers) and Cover.objects.filter(venue=venue_id, state__in=STANDING).exists():
        raise AccountRefusal.LOSS_PLAN_REFUSED.error(
            "covers stand that are paid for: keep COVERS until they have ended", pointer="/layers"
        )
