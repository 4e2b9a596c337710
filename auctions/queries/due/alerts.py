"""Which rules of alerts are due."""

from datetime import datetime

from django.db.models import F

from auctions.models import AlertRule
from auctions.queries.due.batches import Due


def due_to_watch_alerts(now: datetime) -> Due:
    """Rules of alerts to be looked at again."""
    rules = AlertRule.objects.filter(look_at__lte=now, retired_at=None)
    return Due(rules, now, "look_at", F("look_at"))
