"""Who stands behind a venue, and for which loss events a provider does."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Account, AccountKind, Contribution, LossEvent, Provider

Contributed = dict[tuple[UUID, UUID], Decimal]  # by asset and provider


def sum_contributed(venue_id: UUID) -> Contributed:
    """What each provider of a venue contributes now that gave no notice."""
    rows = Account.objects.filter(venue=venue_id, kind=AccountKind.CONTRIBUTION, posted__gt=0)
    rows = rows.filter(provider__guarantee_left_at=None).order_by("asset", "provider")
    return {(asset, provider): posted for asset, provider, posted in rows.values_list("asset", "provider", "posted")}


def list_contributions(guarantee_ids: Collection[UUID | None], asset_ids: Collection[UUID]) -> list[Contribution]:
    """Those in these assets, in order of asset and provider."""
    rows = Contribution.objects.filter(guarantee__in=guarantee_ids, asset__in=asset_ids)
    return list(rows.select_related("asset").order_by("asset", "provider"))


def obliging(provider: Provider) -> QuerySet[LossEvent]:
    """The loss events that are not final yet and opened while the provider stood behind its venue."""
    under_way = LossEvent.under_way()
    return under_way.filter(venue=provider.venue_id, guarantee__contributions__provider=provider).distinct()
