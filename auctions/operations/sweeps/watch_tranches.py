"""A tranche that has less than its venue's loss plan says is called for at once, until it is filled or time is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.desks.loss_locks import lock_losses
from accounts.events import RefillCalled, RefillFilled, RefillMissed
from accounts.lifecycle import RefillState
from accounts.models import Account, Refill
from accounts.queries import with_targets
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import difference

REFILL_AFTER = timedelta(days=30)

Told = RefillCalled | RefillFilled | RefillMissed


@operation
def watch_tranches(*, ids: Sequence[UUID]) -> int:
    """Call for, or end the refills of, those of these accounts of tranches where that is due; how many there were."""
    lock_losses(list(Account.objects.filter(id__in=ids).values_list("venue_id", flat=True)))
    accounts = with_targets(Account.objects.filter(id__in=ids)).select_related("asset").order_by("created_at", "kind")
    now = clock.now()
    under_way = {each.account_id: each for each in Refill.objects.filter(account__in=ids, state=RefillState.OPEN)}
    called: list[Refill] = []
    ended: list[Refill] = []
    told: list[Told] = []
    for account in accounts:
        refill = under_way.get(account.id)
        lacks = account.target is not None and account.posted < account.target
        if refill is None and lacks:
            refill = _call(account, now)
            called.append(refill)
            said: dict[str, Any] = {"target": refill.target, "missing": refill.missing, "refill_by": refill.refill_by}
            told.append(RefillCalled(**_said(refill, account), **said))
        elif refill is not None and not lacks:
            refill.fill(now)
            ended.append(refill)
            told.append(RefillFilled(**_said(refill, account)))
        elif refill is not None and now >= refill.refill_by:
            refill.miss(now)
            ended.append(refill)
            told.append(RefillMissed(**_said(refill, account)))
    save_changes(ended)
    Refill.objects.bulk_create(called)
    record_events(told)
    return len(told)


def _call(account: Any, now: datetime) -> Refill:
    return Refill(
        venue_id=account.venue_id,
        account=account,
        target=account.target,
        missing=difference(account.target, account.posted),
        called_at=now,
        refill_by=now + REFILL_AFTER,
    )


def _said(refill: Refill, account: Account) -> dict[str, Any]:
    return {"venue_id": refill.venue_id, "subject_id": refill.id, "account": account.kind, "asset": account.asset.code}
