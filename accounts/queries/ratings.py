"""How the insurers of covers are rated."""

from datetime import datetime

from django.db.models import Case, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.models import CoverShare, ProviderRating
from accounts.rules.sharing.contracts import BUCKETS


def worst_bucket(now: datetime) -> Subquery:
    """The worst rating at `now` of an insurer of the cover that is the outer row: one that is over, or none, is the
    worst there is."""
    newest = ProviderRating.objects.filter(provider=OuterRef("provider"), created_at__lte=now).order_by("-created_at")
    in_force = Case(When(expires_at__gt=now, then="bucket"), default=Value(BUCKETS[-1]))
    shares = CoverShare.objects.filter(cover=OuterRef("pk"))
    rated = shares.annotate(bucket=Coalesce(Subquery(newest.values(now=in_force)[:1]), Value(BUCKETS[-1])))
    return Subquery(rated.order_by("-bucket").values("bucket")[:1])
