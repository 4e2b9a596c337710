"""What covers stood for whose limit moves by levels."""

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models.covers import Cover, FractionField
from accounts.rules.sharing.contracts import BUCKETS, REGIMES
from backstop.models.base import AmountField, Row


class CoveredLimit(Row):
    """The limit that a cover has from an instant on, and the level, the regime and the worst rating that made it. It
    counts for no loss event that was open before it was known, at `known_at`."""

    cover = models.ForeignKey(Cover, models.PROTECT, related_name="covered_limits")
    starts_at = models.DateTimeField()
    known_at = models.DateTimeField()
    limit = AmountField()
    level = FractionField()
    regime = models.CharField(max_length=8, choices=[(name, name) for name in REGIMES])
    bucket = models.CharField(max_length=8, choices=[(name, name) for name in BUCKETS])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cover", "starts_at"], name="covered_limit_one_at_a_time"),
            models.CheckConstraint(condition=Q(limit__gte=0, level__range=(0, 1)), name="covered_limit_within"),
        ]
        triggers = [pgtrigger.Protect(name="covered_limit_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.limit} from {self.starts_at}"
