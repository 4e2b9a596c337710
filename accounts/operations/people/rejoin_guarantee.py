"""A provider takes its notice back: it is obliged for loss events that open from now on."""

from accounts.desks.people import lock_provider, record_provider
from accounts.events import GuaranteeRejoined
from accounts.models import Provider
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def rejoin_guarantee(*, provider: Provider) -> Provider:
    """Nobody else does so for it, nor does what is paid in; without a notice it changes nothing."""
    lock(Lock.INTAKE, [provider.venue_id])  # no loss event opens meanwhile
    provider = lock_provider(provider)
    if provider.guarantee_left_at is not None:
        provider.rejoin_guarantee()
        save_changes([provider])
        record_provider(provider, GuaranteeRejoined)
    return provider
