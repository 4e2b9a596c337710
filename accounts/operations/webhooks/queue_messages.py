"""Webhooks follow the publication: whatever their owners may see, and want to be told of, becomes a message.

Guarantees that each event becomes one message of each such webhook, whoever is killed when.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from accounts.desks.webhooks import full_by, wait_for, webhooks_in_use
from accounts.models import Webhook
from backstop import clock
from backstop.delivery.telling import may_see
from backstop.locks import Lock, lock_free_rows
from backstop.models import LastPosition, Publication
from backstop.models.base import save_changes
from backstop.transactions import operation

AT_ONCE = 500  # events


@operation
def queue_messages(*, venues: Collection[str] = (), limit: int = 200) -> int:
    """Take up to `limit` webhooks on by some events each, those that are most behind, of the venues with these codes or
    of all; how many there were. One that takes nothing stays behind."""
    webhooks = lock_free_rows(Lock.WEBHOOK_ROW, _behind(venues)[:limit])
    now = clock.now()
    for webhook in webhooks:
        _move_on(webhook, webhook.last, now)  # type: ignore[attr-defined]
    save_changes(webhooks)
    return len(webhooks)


def _behind(venues: Collection[str]) -> QuerySet[Webhook]:
    last = LastPosition.objects.filter(venue=OuterRef("venue")).values("position")
    behind = webhooks_in_use(venues).annotate(last=Subquery(last)).filter(position__lt=F("last"))
    return behind.exclude(Exists(full_by(OuterRef("id")))).order_by(F("position") - F("last"))


def _move_on(webhook: Webhook, last: int, now: datetime) -> None:
    after = Publication.objects.filter(venue=webhook.venue_id, position__gt=webhook.position).order_by("position")
    seen = list(after.values_list("event_id", "kind", "position", "visibility", "provider_id")[:AT_ONCE])
    wanted = [
        (event_id, kind, position)
        for event_id, kind, position, visibility, concerned in seen
        if may_see(visibility, concerned, webhook.provider_id) and (not webhook.kinds or kind in webhook.kinds)
    ]
    wait_for(webhook, wanted, now)
    webhook.position = seen[-1][2] if seen else last  # of what was dropped from the publication nobody is told
