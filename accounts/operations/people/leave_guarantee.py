"""A provider gives notice: it is obliged for no loss event that opens later."""

from accounts.desks.people import lock_provider, record_provider
from accounts.events import GuaranteeLeft
from accounts.models import Provider
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def leave_guarantee(*, provider: Provider) -> Provider:
    """Events that are open are paid as if there were no notice; giving it twice gives it once. What it contributed may
    leave once those are final."""
    lock(Lock.INTAKE, [provider.venue_id])  # no loss event opens meanwhile
    provider = lock_provider(provider)
    if provider.guarantee_left_at is None:
        provider.leave_guarantee(clock.now())
        save_changes([provider])
        record_provider(provider, GuaranteeLeft)
    return provider
