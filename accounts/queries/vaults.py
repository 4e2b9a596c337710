"""What a vault is worth: its collateral, and its equity at its venue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from accounts.lifecycle import WithdrawalState
from accounts.models import (
    Account,
    AccountKind,
    Holding,
    LossEvent,
    Provider,
    Purpose,
    ReportedStanding,
    Transfer,
    Vault,
    VaultEntry,
    VaultWithdrawal,
)
from accounts.queries.exposures import get_standing
from accounts.rules.sharing.vaults import Pool
from backstop.clock import DatabaseNow
from backstop.values.amounts import round_down, round_up, to_smallest, total


@dataclass(frozen=True, slots=True)
class Valuation:
    """A vault's pool as those who leave find it, and as those who come do: a fraction of a smallest amount is for those
    who stay. `is_known`: the venue says what its equity is, with all its settlements and all that moved through its
    door; else what stands in for that does.
    """

    leaving: Pool
    coming: Pool
    is_known: bool


@dataclass(frozen=True, slots=True)
class AtVenue:
    """A vault's equity at its venue, and whether that is known."""

    equity: Decimal
    is_known: bool

    def value(self, vault: Vault, posted: Decimal) -> Valuation:
        """What the vault is worth with so much collateral, held for something or not."""
        assets, supply, scale = total([posted, self.equity]), int(vault.supply), vault.asset.scale
        return Valuation(
            leaving=Pool(to_smallest(round_down(assets, scale), scale), supply),
            coming=Pool(to_smallest(round_up(assets, scale), scale), supply),
            is_known=self.is_known,
        )


def look_at_venue(vault: Vault, now: datetime) -> AtVenue:
    """What it has there now."""
    standing = get_standing(vault.provider, vault.asset, now)
    return AtVenue(standing.equity, _is_known(vault, standing.reported_at, standing.included_sequence))


def value_vault(vault: Vault, posted: Decimal, now: datetime) -> Valuation:
    """What it is worth with so much collateral, held for something or not."""
    return look_at_venue(vault, now).value(vault, posted)


def get_collateral(vault: Vault) -> Decimal:
    """What stands in its pool here."""
    accounts = Account.objects.filter(provider=vault.provider_id, asset=vault.asset_id, kind=AccountKind.COLLATERAL)
    posted: Decimal | None = accounts.values_list("posted", flat=True).first()
    return posted or Decimal(0)


def has_free_collateral(vault: Vault) -> bool:
    """Whether any of that could be paid out."""
    accounts = Account.objects.filter(provider=vault.provider_id, asset=vault.asset_id, kind=AccountKind.COLLATERAL)
    return any(account.free > 0 for account in accounts)


def list_vaults(venue_id: UUID) -> QuerySet[Vault]:
    """A venue's vaults, with what they are shown with."""
    return Vault.objects.filter(venue=venue_id).select_related("provider__venue", "asset")


def keeping_vaults(now: datetime | DatabaseNow) -> QuerySet[LossEvent]:
    """Loss events that withdrawals wait for which fall due after they opened: each until it is final, in its time. At
    its opening they do not."""
    return LossEvent.under_way().filter(final_by__gt=now)


def list_vault_withdrawals(venue_id: UUID) -> QuerySet[VaultWithdrawal]:
    """Withdrawals from a venue's vaults, each queued one with the id of the loss event that it `waits_for`: of several
    the one that is final last."""
    keeping = keeping_vaults(DatabaseNow()).filter(venue=OuterRef("vault__venue"), opened_at__lt=OuterRef("due_at"))
    last = Subquery(keeping.order_by("-final_by", "-opened_at").values("id")[:1])
    queued = When(state=WithdrawalState.QUEUED, then=last)
    return VaultWithdrawal.objects.filter(vault__venue=venue_id).annotate(waits_for=Case(queued))


def _is_known(vault: Vault, reported_at: datetime | None, included_sequence: int | None) -> bool:
    """Who never settled anything, and was never reported, has nothing there. What moved through the venue's door since
    its report, between the pool and there or from nowhere, is not in it yet."""
    if reported_at is None:
        reports = ReportedStanding.objects.filter(provider=vault.provider_id, asset=vault.asset_id)
        return not reports.exists() and not _has_settled_after(vault.provider, 0)
    return not _has_settled_after(vault.provider, included_sequence or 0) and not _was_moved_after(vault, reported_at)


def _has_settled_after(provider: Provider, sequence: int) -> bool:
    later = Q(included_sequence__gt=sequence) | Q(entries__settlement_sequence__gt=sequence)
    return Holding.objects.filter(later, provider=provider).exists()


def _was_moved_after(vault: Vault, reported_at: datetime) -> bool:
    """Whether collateral came or went otherwise than for shares."""
    accounts = Account.objects.filter(provider=vault.provider_id, asset=vault.asset_id, kind=AccountKind.COLLATERAL)
    later = Transfer.objects.filter(created_at__gt=reported_at, purpose__in=[Purpose.DEPOSIT, Purpose.WITHDRAWAL])
    moved = later.filter(Q(credit__in=accounts) | Q(debit__in=accounts))
    return moved.exclude(subject_id__in=VaultEntry.objects.filter(vault=vault).values("id")).exists()
