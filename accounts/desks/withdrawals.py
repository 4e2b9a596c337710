"""Whether a provider's money may leave: what it has at stake at its venue, and is obliged for, comes first."""

from datetime import datetime

from accounts.desks.people import lock_provider
from accounts.lifecycle import ASSESSMENT, DEFAULT
from accounts.models import Assessment, Provider, ProviderDefault
from accounts.queries import get_standing, list_overdue_claims, obliging
from accounts.rules.exposure import may_withdraw
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models import Asset
from backstop.transactions import requires_transaction
from backstop.values.amounts import to_text


@requires_transaction
def require_withdrawable(provider: Provider) -> None:
    """Lock the provider, so that it is not declared in default meanwhile. Raises `withdrawal_barred`."""
    lock_provider(provider)
    if barred := what_bars(provider, clock.now()):
        raise AccountRefusal.WITHDRAWAL_BARRED.error(barred)


def what_bars(provider: Provider, now: datetime) -> str:
    """What keeps the collateral of a provider, which is locked, here; empty: nothing. What it lacks in one asset, or
    was called for and has not paid, or lacks of a claim that is overdue, keeps all of it, as it is ground for a default
    whatever asset it is in."""
    if ProviderDefault.objects.filter(provider=provider, state__in=DEFAULT.under_way).exists():
        return "it is in default, or declared so"
    unpaid = Assessment.objects.filter(provider=provider, state__in=ASSESSMENT.under_way)
    if called := unpaid.select_related("asset").order_by("due_by").first():
        return f"it owes {to_text(called.owed)} {called.asset.code} that it was called for by assessment {called.id}"
    if late := list_overdue_claims(provider).first():
        return f"it has not paid its part of claim {late.id}, which is overdue"
    for asset in Asset.objects.filter(venue=provider.venue_id).order_by("code"):
        standing = get_standing(provider, asset, now)
        if not may_withdraw(standing.equity, standing.requirement):
            equity, requirement = to_text(standing.equity), to_text(standing.requirement)
            return f"its equity at the venue is {equity} {asset.code}, and {requirement} is needed there"
    return ""


def require_not_obliged(provider: Provider) -> None:
    """Raises `contribution_obliged` while a loss event that it is obliged for is not final. The intake is locked, so
    that none opens meanwhile."""
    last = obliging(provider).order_by("-final_by").first()
    if last is not None:
        raise AccountRefusal.CONTRIBUTION_OBLIGED.error(
            f"loss event {last.id} is final at {last.final_by.isoformat()} at the latest"
        )
