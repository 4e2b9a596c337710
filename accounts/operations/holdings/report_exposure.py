"""The venue's word on a provider's equity and margin requirement, up to a settlement that it names."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.collateral import find_asset
from accounts.desks.holdings import require_settled
from accounts.desks.people import find_provider, lock_provider
from accounts.events import ExposureReported
from accounts.models import ReportedStanding
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import AmountRefused, require_takeable


@operation
def report_exposure(
    *,
    venue_id: UUID,
    provider_id: UUID,
    asset: str,
    equity: Decimal,
    requirement: Decimal,
    included_sequence: int,
) -> ReportedStanding:
    """Take the venue's word for what a provider has at stake there in an asset, with settlement `included_sequence`.

    Raises `provider_unknown`, `asset_unknown`, `exposure_report_refused` and `exposure_report_outdated` (the same
    sequence again is a newer word).
    """
    provider = lock_provider(find_provider(venue_id, provider_id))
    row = find_asset(venue_id, asset)
    _require_amounts({"equity": equity, "requirement": requirement}, row.scale)
    known = ReportedStanding.objects.filter(provider=provider, asset=row).first()
    if known is not None and included_sequence < known.included_sequence:
        last = known.included_sequence
        raise AccountRefusal.EXPOSURE_REPORT_OUTDATED.error(f"a report that includes settlement {last} was taken")
    require_settled(provider.id, included_sequence)
    now = clock.now()
    if known is None:
        known = ReportedStanding(provider=provider, asset=row)
        known.report(equity, requirement, included_sequence, now)
        known.save(force_insert=True)
    else:
        known.report(equity, requirement, included_sequence, now)
        save_changes([known])
    told = ExposureReported(
        venue_id=venue_id,
        subject_id=provider_id,
        provider_id=provider_id,
        asset=asset,
        equity=equity,
        requirement=requirement,
        included_sequence=included_sequence,
    )
    record_events([told])
    return known


def _require_amounts(amounts: dict[str, Decimal], scale: int) -> None:
    for name, amount in amounts.items():
        try:
            require_takeable(amount, scale, name)
        except AmountRefused as refused:
            raise AccountRefusal.EXPOSURE_REPORT_REFUSED.error(str(refused), pointer=f"/{name}") from refused
    if amounts["requirement"] < 0:
        raise AccountRefusal.EXPOSURE_REPORT_REFUSED.error("a requirement is not below zero", pointer="/requirement")
