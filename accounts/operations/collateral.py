"""Money that comes and goes through the venue: providers' collateral, and the fund's own money.

Called by POST /v1/collateral, the admin and the demo. Guarantees that a reference moves money once: its twin gets the
first transfer again, other content under the same reference is refused.
"""

from decimal import Decimal
from uuid import UUID, uuid5

from accounts.models import Account, AccountKind, Provider, Purpose, Transfer
from accounts.operations.commitments.holdings import ProviderUnknown
from accounts.operations.ledger import FundsInsufficient, Journal, venue_accounts
from accounts.operations.providers import open_provider_accounts
from backstop.errors import Conflict, Refused
from backstop.models import Asset
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import lock_exclusive, operation
from backstop.values.amounts import AmountRefused, require_scale


class AssetUnknown(Refused):
    """The venue has no such asset."""


class AmountNotMovable(Refused):
    """Nothing is no movement, and an asset has a smallest amount."""


class CollateralInsufficient(Conflict):
    """The provider has less free collateral than is to be taken out."""


class FundInsufficient(Conflict):
    """The fund has less free money than is to be taken out."""


class ReferenceReused(Conflict):
    """The reference was used before, for other content."""


@operation
def move_collateral(*, venue_id: UUID, provider_id: UUID, asset: str, amount: Decimal, reference: str) -> Transfer:
    """Put so much (below zero: take it out) of an asset, by its code, into a provider's collateral, once by reference.

    Raises `ProviderUnknown`, `AssetUnknown`, `AmountNotMovable`, `CollateralInsufficient`, `ReferenceReused`.
    """
    provider = Provider.objects.filter(id=provider_id, venue_id=venue_id).first()
    if provider is None:
        raise ProviderUnknown(f"this venue has no provider {provider_id}")
    row = _asset(venue_id, asset)
    account = open_provider_accounts(provider=provider, asset=row)[AccountKind.COLLATERAL]
    purpose = Purpose.DEPOSIT if amount > 0 else Purpose.WITHDRAWAL
    try:
        return _move_once(account, row, amount, purpose, f"collateral:{reference}")
    except FundsInsufficient as short:
        raise CollateralInsufficient("there is less free collateral than that", pointer="/amount") from short


@operation
def fund_venue(*, venue_id: UUID, asset: str, amount: Decimal, reference: str) -> Transfer:
    """Put so much (below zero: take it out) of an asset into the venue's insurance fund, once by reference.

    Raises `AssetUnknown`, `AmountNotMovable`, `FundInsufficient`, `ReferenceReused`.
    """
    row = _asset(venue_id, asset)
    fund = Account.objects.get(id=venue_accounts(venue_id, row)[AccountKind.FUND])
    try:
        return _move_once(fund, row, amount, Purpose.FUNDING, f"fund:{reference}")
    except FundsInsufficient as short:
        raise FundInsufficient("the fund has less free money than that", pointer="/amount") from short


def _asset(venue_id: UUID, code: str) -> Asset:
    asset = Asset.objects.filter(venue_id=venue_id, code=code).first()
    if asset is None:
        raise AssetUnknown(f"this venue has no asset {code}", pointer="/asset")
    return asset


def _move_once(account: Account, asset: Asset, amount: Decimal, purpose: Purpose, reference: str) -> Transfer:
    subject_id = uuid5(account.venue_id, reference)
    lock_exclusive("reference", [subject_id])
    known = Transfer.objects.filter(subject_id=subject_id).select_related("debit", "credit").first()
    if known is not None:
        signed = known.amount if known.credit_id == account.id else -known.amount
        if account.id not in (known.debit_id, known.credit_id) or signed != amount:
            raise ReferenceReused("this reference was used before, for other content", pointer="/reference")
        return known
    _require_movable(amount, asset)
    clearing = venue_accounts(account.venue_id, asset)[AccountKind.CLEARING]
    journal = Journal.opened([account.id, clearing])
    journal.move(clearing, account.id, amount, purpose, subject_id)
    journal.write()
    payload = {"asset": asset.code, "amount": amount, "reference": reference.partition(":")[2]}
    record_events([NewEvent(account.venue_id, "money_moved", subject_id, account.provider_id, payload)])
    return Transfer.objects.select_related("debit", "credit").get(subject_id=subject_id)


def _require_movable(amount: Decimal, asset: Asset) -> None:
    try:
        require_scale(amount, asset.scale, "amount")
    except AmountRefused as refused:
        raise AmountNotMovable(str(refused), pointer="/amount") from refused
    if amount == 0:
        raise AmountNotMovable("amount must not be zero", pointer="/amount")
