"""A provider's money at a venue: the accounts it stands in, and moves that happen once.

A reference moves money once: its twin gets the first transfer again, other content under it is refused.
"""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid5

from accounts.desks.approvals import people_behind
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.people import lock_provider, require_provider_state
from accounts.events import MoneyMoved
from accounts.lifecycle import ProviderState
from accounts.models import Account, AccountKind, Provider, Purpose, Transfer
from accounts.models.ledger import TRANCHES
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from backstop.events import DomainEvent
from backstop.locks import Lock, lock
from backstop.models import Asset
from backstop.models.base import Row
from backstop.record import record_events
from backstop.transactions import current_actor, requires_transaction
from backstop.values.amounts import AmountRefused, require_takeable

Done = TypeVar("Done", bound=Row)

NOT_ENDED = [state for state in ProviderState if state != ProviderState.ENDED]
# Where a venue's own money stands, and the scope of what references it there.
FUNDED = {AccountKind.FUND: "fund", **{kind: kind.value for kind in TRANCHES}}


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
    told: Callable[[UUID], DomainEvent],
    source: AccountKind = AccountKind.CLEARING,
    permitted: Callable[[], None] = lambda: None,
) -> Transfer:
    """Move `amount` (below zero: out) between another account and this one, once for a `reference` of the `scope`.

    The other is the venue's of the kind `source`, its door to the outside unless said. `told` makes the event of what
    moved; `permitted` raises where something new may not move. Raises `amount_not_movable`, `reference_reused`,
    `provider_not_in_state` (nothing comes in for one that has ended), and `insufficient` where less than that is free.
    """
    subject_id = subject_of(account.venue_id, scope, reference)
    lock(Lock.REFERENCE, [subject_id])
    known = Transfer.objects.filter(subject_id=subject_id).select_related("debit", "credit").first()
    if known is not None:
        signed = known.amount if known.credit_id == account.id else known.amount.copy_negate()
        if account.id not in (known.debit_id, known.credit_id) or signed != amount:
            raise AccountRefusal.REFERENCE_REUSED.error()
        return known
    require_movable(amount, asset)
    if account.provider is not None and amount > 0:  # what comes in, and the end of who has it, one after the other
        require_provider_state(lock_provider(account.provider), *NOT_ENDED)
    permitted()
    other = venue_accounts(account.venue_id, asset)[source]
    journal = Journal.opened([account.id, other])
    journal.move(other, account.id, amount, purpose, subject_id)
    if journal.free(account.id) < 0 or (source != AccountKind.CLEARING and journal.free(other) < 0):
        raise insufficient.error()
    journal.write()
    record_events([told(subject_id)])
    return Transfer.objects.select_related("debit", "credit").get(subject_id=subject_id)


def money_moved(
    account: Account, *, asset: str, amount: Decimal, reference: str, reason: str
) -> Callable[[UUID], MoneyMoved]:
    """Tells, for `move_once`, what came from outside into this account, or left it."""

    def told(subject_id: UUID) -> MoneyMoved:
        return MoneyMoved(
            venue_id=account.venue_id,
            subject_id=subject_id,
            provider_id=account.provider_id,
            account=account.kind,
            asset=asset,
            amount=amount,
            reference=reference,
            reason=reason,
        )

    return told


@requires_transaction
def stake_of_move(
    *, venue_id: UUID, asset: str, amount: Decimal, scope: str, reference: str, comes_in: bool = False
) -> Stake | None:
    """What a move puts at stake, with what adds up to it locked until it is known.

    Nothing where that reference moved money already, so that it answers the same, and nothing where an engine says what
    came in from outside: that is there, whoever confirms it.
    """
    if comes_in and not people_behind(current_actor()):
        return None
    lock(Lock.MOVED_ALONE, [venue_id])
    if Transfer.objects.filter(subject_id=subject_of(venue_id, scope, reference)).exists():
        return None
    return Stake(find_asset(venue_id, asset).id, amount, adds_up=True)


def subject_of(venue_id: UUID, scope: str, reference: str) -> UUID:
    """The id of what is done once for a reference of this scope."""
    return uuid5(venue_id, f"{scope}:{reference}")


@requires_transaction
def find_done(kind: type[Done], subject_id: UUID, /, **content: object) -> Done | None:
    """The row of what was done before for a reference, if anything was; nobody else does it meanwhile. Raises
    `reference_reused` where that was other than this content."""
    lock(Lock.REFERENCE, [subject_id])
    known = kind.objects.filter(id=subject_id).first()
    if known is not None and any(getattr(known, name) != said for name, said in content.items()):
        raise AccountRefusal.REFERENCE_REUSED.error()
    return known


def require_movable(amount: Decimal, asset: Asset) -> None:
    """Raises `amount_not_movable` for zero, and for what the asset has no scale for."""
    try:
        require_takeable(amount, asset.scale, "amount")
    except AmountRefused as refused:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error(str(refused)) from refused
    if amount == 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error()


def require_above_zero(amount: Decimal, asset: Asset, what: str) -> None:
    """Raises `amount_not_movable` also for what is below zero, where only what is above it is `what`."""
    if amount < 0:
        raise AccountRefusal.AMOUNT_NOT_MOVABLE.error(f"only what is above zero is {what}")
    require_movable(amount, asset)


@requires_transaction
def open_collaterals(whose: Collection[tuple[UUID, UUID]], venue_id: UUID) -> dict[tuple[UUID, UUID], UUID]:
    """The collateral of each of these providers of a venue, named with an asset; opened where it is not yet."""
    of_venue = {"venue_id": venue_id, "kind": AccountKind.COLLATERAL}
    rows = [Account(**of_venue, provider_id=provider, asset_id=asset) for provider, asset in sorted(whose)]
    Account.objects.bulk_create(rows, ignore_conflicts=True)
    providers, assets = {provider for provider, _ in whose}, {asset for _, asset in whose}
    found = Account.objects.filter(**of_venue, provider__in=providers, asset__in=assets)
    return {(row.provider_id, row.asset_id): row.id for row in found if row.provider_id}


@requires_transaction
def open_account(*, kind: AccountKind, provider: Provider, asset: Asset) -> Account:
    """Its account of this kind, in this asset; opened where it is not yet."""
    own = {"venue_id": provider.venue_id, "asset": asset, "kind": kind, "provider": provider}
    Account.objects.bulk_create([Account(**own)], ignore_conflicts=True)
    return Account.objects.get(**own)
