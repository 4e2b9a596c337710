"""Who may provide liquidity: groups of related firms, providers, and their suspension.

Called by the admin, the demo and the seeding of a venue.
"""

from accounts.lifecycle import ProviderState
from accounts.models import Group, Provider
from accounts.models.ledger import PROVIDER_KINDS, Account
from backstop import clock
from backstop.errors import Conflict, NotAllowed, Refused
from backstop.models import Asset, Venue
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import operation


class NameTaken(Conflict):
    """The venue has one of that name already."""


class ProviderSuspended(NotAllowed):
    """A suspended provider may look and cancel, but offer nothing."""


class ReasonMissing(Refused):
    """What is done to somebody needs a reason that can be shown to him."""


@operation
def create_group(*, venue: Venue, name: str) -> Group:
    """A group of related firms. Raises `NameTaken`."""
    group, created = Group.objects.get_or_create(venue=venue, name=name)
    if not created:
        raise NameTaken(f"{venue} has a group {name} already", pointer="/name")
    return group


@operation
def create_provider(*, venue: Venue, name: str, group: Group) -> Provider:
    """A provider who may take part at once. Raises `NameTaken`."""
    if group.venue_id != venue.id:
        raise Refused(f"{group} is no group of {venue}", pointer="/group")
    provider, created = Provider.objects.get_or_create(venue=venue, name=name, defaults={"group": group})
    if not created:
        raise NameTaken(f"{venue} has a provider {name} already", pointer="/name")
    return provider


@operation
def open_provider_accounts(*, provider: Provider, asset: Asset) -> dict[str, Account]:
    """His collateral and margin accounts in this asset, by kind; opened where they do not exist yet."""
    Account.objects.bulk_create(
        [Account(venue_id=provider.venue_id, asset=asset, kind=kind, provider=provider) for kind in PROVIDER_KINDS],
        ignore_conflicts=True,
    )
    found = Account.objects.filter(provider=provider, asset=asset, kind__in=PROVIDER_KINDS)
    return {account.kind: account for account in found}


@operation
def suspend_provider(*, provider: Provider, reason: str) -> Provider:
    """From now on he takes nothing new; what he has offered stays until it ends or is cancelled."""
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    return _move(provider, ProviderState.SUSPENDED, reason)


@operation
def resume_provider(*, provider: Provider, reason: str = "") -> Provider:
    """He may take part again."""
    return _move(provider, ProviderState.ACTIVE, reason)


def _move(provider: Provider, state: ProviderState, reason: str) -> Provider:
    provider = Provider.objects.select_for_update(no_key=True).get(id=provider.id)
    if provider.state == state:
        return provider
    provider.move_to(state, clock.now())
    provider.state_reason = reason
    provider.save(update_fields=["state", "state_reason"])
    kind = "provider_suspended" if state == ProviderState.SUSPENDED else "provider_resumed"
    record_events([NewEvent(provider.venue_id, kind, provider.id, provider.id, {"reason": reason})])
    return provider
