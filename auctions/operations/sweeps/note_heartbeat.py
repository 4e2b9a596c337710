"""A heartbeat: workers look after a stage, so that the clock may leave it to them.

Leaves the instant, at most twice a second.
"""

from datetime import timedelta

from auctions.models import Heartbeat
from backstop import clock
from backstop.transactions import operation

BETWEEN = timedelta(seconds=0.5)


@operation
def note_heartbeat(*, stage: str) -> None:
    """Note that this stage is looked after now."""
    now = clock.now()
    if not Heartbeat.objects.filter(stage=stage, beat_at__gt=now - BETWEEN).exists():
        Heartbeat.objects.bulk_create(
            [Heartbeat(stage=stage, beat_at=now)],
            update_conflicts=True,
            unique_fields=["stage"],
            update_fields=["beat_at"],
        )
