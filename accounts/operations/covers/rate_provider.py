"""A venue notes how an agency rates a provider: premiums of covers that it insures go by it from then on."""

from datetime import datetime
from uuid import UUID

from accounts.desks.people import find_provider
from accounts.events import ProviderRated
from accounts.models import ProviderRating
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.record import record_events
from backstop.transactions import operation


@operation
def rate_provider(
    *, venue_id: UUID, provider_id: UUID, bucket: str, source: str, rated_at: datetime, expires_at: datetime
) -> ProviderRating:
    """From 1, the best, to 5: of the source, as of `rated_at` and before `expires_at`.

    Raises `provider_unknown`, `rating_refused` (of later than now, or over already).
    """
    provider = find_provider(venue_id, provider_id)
    now = clock.now()
    if not rated_at <= now < expires_at:
        raise AccountRefusal.RATING_REFUSED.error()
    rating = ProviderRating.objects.create(
        provider=provider,
        bucket=bucket,
        source=source,
        rated_at=rated_at,
        expires_at=expires_at,
    )
    record_events(
        [
            ProviderRated(
                venue_id=venue_id,
                subject_id=rating.id,
                provider_id=provider_id,
                bucket=bucket,
                source=source,
                rated_at=rated_at,
                expires_at=expires_at,
            )
        ]
    )
    return rating
