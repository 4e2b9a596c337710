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
def require_withdrawable(provider: Provider) -> None:
    """Lock the provider, so that it is not declared in default meanwhile. Raises `withdrawal_barred`: what it lacks in
    one asset keeps all of its collateral here, as it is ground for a default whatever asset it is in."""
    lock_provider(provider)
    if ProviderDefault.objects.filter(provider=provider, state__in=DEFAULT.under_way).exists():
        raise AccountRefusal.WITHDRAWAL_BARRED.error("it is in default, or declared so")
    now = clock.now()
    for asset in Asset.objects.filter(venue=provider.venue_id).order_by("code"):
        standing = get_standing(provider, asset, now)
        if not may_withdraw(standing.equity, standing.requirement):
            equity, requirement = to_text(standing.equity), to_text(standing.requirement)
            raise AccountRefusal.WITHDRAWAL_BARRED.error(
                f"its equity at the venue is {equity} {asset.code}, and {requirement} is needed there"
            )
