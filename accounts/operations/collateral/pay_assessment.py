"""A provider pays what it was called for, out of its collateral."""

from datetime import datetime
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.claims import ClaimDesk
from accounts.desks.collateral import open_account
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.loss_layers import LossLayers
from accounts.desks.loss_sharing import SharingDesk, lock_losses
from accounts.lifecycle import AssessmentState
from accounts.models import AccountKind, Assessment
from accounts.queries import list_owed
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation
from backstop.values.amounts import difference


def _at_stake(*, venue_id: UUID, assessment_id: UUID) -> Stake | None:
    unpaid = Assessment.objects.exclude(state=AssessmentState.PAID)
    due = unpaid.filter(id=assessment_id, venue=venue_id).first()
    return Stake(due.asset_id, due.amount.copy_negate()) if due else None


@operation
@by_two(_at_stake)
def pay_assessment(*, venue_id: UUID, assessment_id: UUID) -> Assessment:
    """Take what is due out of the provider's collateral, held for it or free; paying twice pays once.

    What is overdue is paid late. Raises `assessment_unknown`, `collateral_insufficient`, `person_unknown`.
    """
    lock_losses([venue_id])
    found = Assessment.objects.filter(id=assessment_id, venue=venue_id)
    assessment = found.select_related("asset", "provider", "obligation").first()
    if assessment is None:
        raise AccountRefusal.ASSESSMENT_UNKNOWN.error()
    if assessment.state != AssessmentState.PAID:
        _pay(assessment, clock.now())
    return assessment


def _pay(assessment: Assessment, now: datetime) -> None:
    event_id, asset = assessment.obligation.loss_event_id, assessment.asset
    collateral = open_account(kind=AccountKind.COLLATERAL, provider=assessment.provider, asset=asset)
    layers, of_venue = LossLayers([event_id]), venue_accounts(assessment.venue_id, asset)
    journal = Journal.opened([collateral.id, *of_venue.values(), *layers.collateral.values()])
    layers.count_in(journal, {asset.id: of_venue})
    if journal.free(collateral.id) < difference(assessment.amount, assessment.held):
        raise AccountRefusal.COLLATERAL_INSUFFICIENT.error()
    sharing = SharingDesk(layers, ClaimDesk((), now))
    owed = [(addend, amount) for addend, amount in list_owed([event_id]) if addend.asset_id == asset.id]
    sharing.pay(assessment, owed, now)
    save_changes([assessment])
    sharing.write()
    journal.write()
