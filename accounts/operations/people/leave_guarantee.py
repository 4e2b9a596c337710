"""A provider that was called for more than it contributed gives notice: it is obliged for no later loss event."""

from accounts.desks.people import lock_provider, record_provider
from accounts.events import GuaranteeLeft
from accounts.models import Assessment, Provider
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def leave_guarantee(*, provider: Provider) -> Provider:
    """Events that are open are paid as if there were no notice; giving it twice gives it once.

    Raises `assessment_missing` where it was never called.
    """
    lock(Lock.INTAKE, [provider.venue_id])  # no loss event opens meanwhile
    provider = lock_provider(provider)
    if not Assessment.objects.filter(provider=provider).exists():
        raise AccountRefusal.ASSESSMENT_MISSING.error()
    if provider.guarantee_left_at is None:
        provider.leave_guarantee(clock.now())
        save_changes([provider])
        record_provider(provider, GuaranteeLeft)
    return provider
