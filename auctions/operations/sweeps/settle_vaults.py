"""Vaults: what waits is taken, what is due is paid, as far as collateral is free, and their commitments follow.

Guarantees that a withdrawal is stopped by nothing but what keeps any provider's collateral here, and loss events that
opened before it fell due, each final in its time; that who came first is paid first, a batch at a time; that what
nobody can pay is returned in its time, once payment was tried at that instant; and that while the vault owes what is
due, or its shares lost as much as they may since their high-water mark, nothing more is taken from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.commitments import announce_terms, latest_terms, record_commitment, wider_terms
from accounts.desks.vaults import VaultDesk
from accounts.desks.withdrawals import what_bars
from accounts.events import CommitmentChanged
from accounts.lifecycle import DepositState, WithdrawalState
from accounts.models import Commitment, SuspendedFor, Vault, VaultDeposit, VaultWithdrawal
from accounts.queries.vaults import has_free_collateral, keeping_vaults, look_at_venue
from accounts.rules.sharing.vaults import RETURNED_AFTER
from auctions.queries.regimes import get_thresholds, list_standings
from auctions.rules.regimes import Regime, in_force
from backstop import clock
from backstop.transactions import operation

LOOKED_AT_AGAIN = timedelta(seconds=5)
BATCH = 100  # deposits, and withdrawals, in one transaction
OWES_NOTHING = "it owes no withdrawals that are due"
PUBLISHED = "the edge that its vault publishes for the regime"
_BY_STRESS = list(Regime)


@operation
def settle_vaults(*, ids: Sequence[UUID]) -> int:
    """Do all that is due at the first of these vaults; how many that were."""
    vault = Vault.objects.filter(id__in=ids[:1], ended_at=None).select_related("provider__venue", "asset").first()
    if vault is None:
        return 0
    now = clock.now()
    desk = VaultDesk(vault, now, moves=_may_move(vault, now))
    due = list(_due(vault, now)[:BATCH])
    if lost := desk.is_worthless:
        desk.cancel_shares(_queued(vault))
        due = []
    desk.load_shares(each.depositor for each in due)
    deposits = _take(desk, _waiting(vault)[:BATCH])
    stopped_from = _stopped_from(vault.venue_id, now)
    unpaid = _pay(desk, [each for each in due if each.due_at <= stopped_from])
    left = _give_back(desk, due)
    _follow(desk, lost=lost, unpaid=unpaid)
    _publish(desk)
    if len(deposits) < BATCH and (left or len(due) < BATCH):
        desk.vault.look_at = min([now + LOOKED_AT_AGAIN, *(each.returns_at for each in left)])
    desk.write(deposits)
    return 1


def _may_move(vault: Vault, now: datetime) -> bool:
    """Whether money may come in or go out: as it looks, before anything is locked for it. Before something is
    returned, payment is tried whatever it looks like."""
    if _waiting(vault).exists() and look_at_venue(vault, now).is_known:
        return True
    if _due(vault, now - RETURNED_AFTER).exists():
        return True
    may_be_paid = _due(vault, _stopped_from(vault.venue_id, now))
    return may_be_paid.exists() and has_free_collateral(vault) and not what_bars(vault.provider, now)


def _waiting(vault: Vault) -> QuerySet[VaultDeposit]:
    """Deposits that wait, in the order in which they came."""
    return vault.deposits.filter(state=DepositState.WAITING).order_by("created_at", "reference")


def _queued(vault: Vault) -> QuerySet[VaultWithdrawal]:
    """Withdrawals that are not paid in full, in their order."""
    return vault.withdrawals.filter(state=WithdrawalState.QUEUED).order_by("due_at", "created_at", "reference")


def _due(vault: Vault, at: datetime) -> QuerySet[VaultWithdrawal]:
    """Those of them that were due then."""
    return _queued(vault).filter(due_at__lte=at)


def _take(desk: VaultDesk, waiting: Iterable[VaultDeposit]) -> list[VaultDeposit]:
    """What became of deposits that waited."""
    decided = []
    for deposit in waiting:
        if desk.takes_deposits and desk.now < deposit.take_by:
            if not desk.take(deposit):
                desk.let_lapse(deposit)
        elif desk.now >= deposit.take_by:
            desk.let_lapse(deposit)
        else:
            continue
        decided.append(deposit)
    return decided


def _pay(desk: VaultDesk, due: Sequence[VaultWithdrawal]) -> bool:
    """Pay what is due and no loss event stops, first come, first served; whether any of it was left."""
    may_leave = bool(due) and desk.moves and not what_bars(desk.provider, desk.now)
    for withdrawal in due:
        if may_leave:
            desk.pay(withdrawal)
        if withdrawal.shares_left:
            return True
    return False


def _give_back(desk: VaultDesk, due: Sequence[VaultWithdrawal]) -> list[VaultWithdrawal]:
    """Return what nobody could pay in its time; what is left in the queue."""
    for withdrawal in due:
        if withdrawal.shares_left and withdrawal.returns_at <= desk.now:
            desk.give_back(withdrawal)
    return [each for each in due if each.state == WithdrawalState.QUEUED]


def _stopped_from(venue_id: UUID, now: datetime) -> datetime:
    """After when withdrawals that fell due wait: since the opening of the oldest loss event under way, or now."""
    keeping = keeping_vaults(now).filter(venue=venue_id, opened_at__lt=now)
    opened: datetime | None = keeping.order_by("opened_at").values_list("opened_at", flat=True).first()
    return opened or now


def _follow(desk: VaultDesk, *, lost: bool, unpaid: bool) -> None:
    """Let the high-water mark rise, and commitments stand or not."""
    value, vault = desk.value, desk.vault
    if value.is_known:
        if not value.leaving.supply or value.leaving.is_dearer_than(vault.high_water):
            desk.mark(value.leaving)
        lost |= value.leaving.has_lost(vault.high_water, vault.max_loss_bps)
    if lost or vault.suspended_for == SuspendedFor.LOSS:  # from then on until somebody lets it go on
        desk.suspend(SuspendedFor.LOSS)
    elif unpaid:
        desk.suspend(SuspendedFor.UNPAID)
    elif vault.suspended_for:
        desk.resume(OWES_NOTHING)


def _publish(desk: VaultDesk) -> None:
    """Let each commitment ask for the published edge: after its notice where that is worse, as anybody's."""
    vault, now = desk.vault, desk.now
    edges = {
        Regime.CALM: vault.calm_edge_bps,
        Regime.STRESSED: vault.stressed_edge_bps,
        Regime.HALTED: vault.halted_edge_bps,
    }
    max_gap = get_thresholds(vault.venue_id).max_gap
    regimes = {
        group: in_force(standing, max_gap, now).regime for group, standing in list_standings([vault.venue_id]).items()
    }
    for commitment in desk.commitments:
        edge = edges[_regime_of(commitment, regimes)]
        terms = latest_terms(commitment)
        if terms.min_edge_bps != edge:
            announce_terms(commitment, replace(terms, min_edge_bps=edge), wider_terms(commitment, now), now)
            record_commitment(commitment, CommitmentChanged, reason=PUBLISHED)


def _regime_of(commitment: Commitment, regimes: dict[UUID, Regime]) -> Regime:
    """That of its product group; of all groups, where it is for all, the worst."""
    group = commitment.instrument.product_group_id if commitment.instrument else commitment.product_group_id
    if group is not None:
        return regimes.get(group, Regime.CALM)
    return max(regimes.values(), key=_BY_STRESS.index, default=Regime.CALM)
