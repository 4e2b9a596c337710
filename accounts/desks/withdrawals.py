"""Whether a provider's collateral may leave: what it has at stake at its venue comes first."""

from accounts.desks.people import lock_provider
from accounts.lifecycle import DEFAULT
from accounts.models import Provider, ProviderDefault
from accounts.queries import get_standing
from accounts.rules.exposure import may_withdraw
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import Asset
from backstop.transactions import requires_transaction
from backstop.values.amounts import to_text


@requires_transaction
def require_withdrawable(provider: Provider, asset: Asset) -> None:
    """Lock the provider, so that it is not declared in default meanwhile. Raises `withdrawal_barred`."""
    lock_provider(provider)
    if ProviderDefault.objects.filter(provider=provider, state__in=DEFAULT.under_way).exists():
        raise AccountRefusal.WITHDRAWAL_BARRED.error("it is in default, or declared so")
    standing = get_standing(provider, asset, clock.now())
    if not may_withdraw(standing.equity, standing.requirement):
        equity, requirement = to_text(standing.equity), to_text(standing.requirement)
        raise AccountRefusal.WITHDRAWAL_BARRED.error(
            f"its equity at the venue is {equity}, and {requirement} is needed there"
        )
