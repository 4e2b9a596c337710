"""What is free of collateral, and held, is noted, change by change, in the assets in which somebody is paid for it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import FreeCollateral, HeldQuantity, NotedAsset
from backstop.transactions import requires_transaction


@requires_transaction
def note_free(asset_ids: Collection[UUID], now: datetime) -> None:
    """From now on, until that is ended."""
    over = NotedAsset.objects.filter(until__lte=now)
    over.filter(asset__in=asset_ids).update(since=now)
    NotedAsset.objects.filter(asset__in=asset_ids).update(until=None)
    NotedAsset.objects.bulk_create(
        [NotedAsset(asset_id=asset_id, since=now) for asset_id in asset_ids], ignore_conflicts=True
    )


@requires_transaction
def end_notes(asset_ids: Collection[UUID], until: datetime) -> None:
    """No longer than until then."""
    noted = NotedAsset.objects.filter(asset__in=asset_ids)
    noted.filter(Q(until=None) | Q(until__gt=until)).update(until=until)


@requires_transaction
def forget_notes(venue_id: UUID, before: datetime) -> None:
    """What was free and held before then is not known any more."""
    FreeCollateral.objects.filter(account__venue=venue_id, created_at__lt=before).delete()
    HeldQuantity.objects.filter(holding__venue=venue_id, created_at__lt=before).delete()
