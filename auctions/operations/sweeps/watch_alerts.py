"""Rules of alerts are looked at: what has held for long enough is raised, once, and ends when it does not hold."""

from collections.abc import Sequence
from uuid import UUID

from auctions.desks.alerts import AlertDesk
from auctions.models import AlertRule
from backstop import clock
from backstop.database import kept_alive
from backstop.transactions import operation


@operation
@kept_alive()
def watch_alerts(*, ids: Sequence[UUID]) -> int:
    """Look at those of these rules that are due; how many there were. As many queries however many of a venue's."""
    now = clock.now()
    desk = AlertDesk.of(AlertRule.objects.filter(id__in=ids, look_at__lte=now), now)
    desk.look_at_all()
    desk.write()
    return len(desk.rules)
