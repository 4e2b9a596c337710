"""A provider's money at a venue: the accounts it stands in, and moves that happen once.

A reference moves money once: its twin gets the first transfer again, other content under it is refused.
"""

from decimal import Decimal
from uuid import UUID, uuid5

from accounts.desks.journal import Journal, venue_accounts
from accounts.events import MoneyMoved
from accounts.models import Account, AccountKind, Provider, Purpose, Transfer
from accounts.models.ledger import PROVIDER_KINDS
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock
from backstop.models import Asset
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import AmountRefused, require_takeable


def find_asset(venue_id: UUID, code: str) -> Asset:
    """The venue's asset of this code. Raises `asset_unknown`."""
    asset = Asset.objects.filter(venue_id=venue_id, code=code).first()
    if asset is None:
        raise AccountRefusal.ASSET_UNKNOWN.error(f"this venue has no asset {code}")
    return asset


@requires_transaction
def move_once(
    account: Account,
    asset: Asset,
    amount: Decimal,
    purpose: Purpose,
    *,
    scope: str,
    reference: str,
    insufficient: AccountRefusal,
) -> Transfer:
    """Move `amount` (below zero: out) between the clearing account and this one, once for a `reference` of the `scope`.

    Raises `amount_not_movable`, `reference_reused`, and `insufficient` where less than that is free.
    """
    subject_id = uuid5(account.venue_id, f"{scope}:{reference}")
    lock(Lock.REFERENCE, [subject_id])
    known = Transfer.objects.filter(subject_id=subject_id).select_related("debit", "credit").first()
    if known is not None:
        signed = known.amount if known.credit_id == account.id else known.amount.copy_negate()
        if account.id not in (known.debit_id, known.credit_id) or signed != amount:
            raise AccountRefusal.REFERENCE_REUSED.error()
        return known
    _require_movable(amount, asset)
    clearing = venue_accounts(account.venue_id, asset)[AccountKind.CLEARING]
    journal = Journal.opened([account.id, clearing])
    journal.move(clearing, account.id, amount, purpose, subject_id)
    if journal.free(account.id) < 0:
        raise insufficient.error()
    journal.write()
    moved = MoneyMoved(
        venue_id=account.venue_id,
        subject_id=subject_id,
        provider_id=account.provider_id,
        asset=asset.code,
        amount=amount,
        reference=reference,
    )
    record_events([moved])
    return Transfer.objects.select_related("debit", "credit").get(subject_id=subject_id)


def _require_movable(amount: Decimal, asset: Asset) -> None:
    try:
        require_takeable(amount, asset.scale, "amount")
    except AmountRefused as refused:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error(str(refused)) from refused
    if amount == 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error()


@requires_transaction
def open_provider_accounts(*, provider: Provider, asset: Asset) -> dict[str, Account]:
    """Its collateral and margin accounts in this asset, by kind; opened where they do not exist yet."""
    Account.objects.bulk_create(
        [Account(venue_id=provider.venue_id, asset=asset, kind=kind, provider=provider) for kind in PROVIDER_KINDS],
        ignore_conflicts=True,
    )
    found = Account.objects.filter(provider=provider, asset=asset, kind__in=PROVIDER_KINDS)
    return {account.kind: account for account in found}
