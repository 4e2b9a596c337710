"""Covers, as they are shown and as they wait."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.lifecycle import LossEventState
from accounts.models import Cover, LossEvent


def with_open_events(covers: QuerySet[Cover]) -> QuerySet[Cover]:
    """Those that wait for a loss event of their venue that opened while they stood, and is not final."""
    stood = LossEvent.objects.filter(
        venue=OuterRef("venue"), opened_at__gte=OuterRef("covers_from"), opened_at__lt=OuterRef("ends_at")
    )
    return covers.filter(Exists(stood.exclude(state=LossEventState.FINAL)))


def list_covers(venue_id: UUID) -> QuerySet[Cover]:
    """A venue's covers with all that is shown of them."""
    covers = Cover.objects.filter(venue=venue_id).select_related("asset")
    return covers.prefetch_related("shares", "signatures__public_key")
