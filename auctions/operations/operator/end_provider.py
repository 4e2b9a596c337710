"""A provider's time here ends, for ever: once nothing of its is left here."""

from accounts.desks.approvals import by_two
from accounts.desks.keys import record_key
from accounts.desks.people import lock_provider, record_provider, venue_of_provider
from accounts.events import KeyRevoked, ProviderEnded
from accounts.lifecycle import ASSESSMENT, DEFAULT, REPO, MarginCallState, ProviderState
from accounts.models import Account, ApiKey, Assessment, MarginCall, Provider, ProviderDefault, Vault
from accounts.queries import list_repos_of, obliging
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.participants import ParticipantDesk
from auctions.lifecycle import SETTLEMENT, BidState, CutBidState, ReadinessState
from auctions.models import Bid, CutBid, Readiness, Settlement
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation

_REAL = {"auction__step__lot__book__asset__shadow_of": None}


@operation
@by_two(unmeasured, venue_of=venue_of_provider)
def end_provider(*, provider: Provider, reason: str) -> Provider:
    """It takes part no more, and its keys open nothing; once it has ended, the same again changes nothing.

    What it has bid in drills is void at their close. Raises `reason_missing`, `provider_not_free` (money, live bids,
    settlements or a default under way, a loss event that it is obliged for, an assessment that it has not paid, a
    margin call or a repo of which it is owed what it paid, shares of the vault that it is; nothing of drills).
    """
    reason = require_reason(reason)
    participants = ParticipantDesk.of_venue(provider.venue_id)
    provider = lock_provider(provider)
    if provider.state == ProviderState.ENDED:
        return provider
    _require_free(provider)
    now = clock.now()
    provider.end(reason, now)
    keys = lock_rows(Lock.KEY_ROW, ApiKey.objects.filter(provider=provider, revoked_at__isnull=True))
    for key in keys:
        key.revoked_at = now
    save_changes([provider, *keys])
    record_provider(provider, ProviderEnded, reason=reason)
    for key in keys:
        record_key(key, KeyRevoked)
    participants.write()
    return provider


def _require_free(provider: Provider) -> None:
    if (
        ProviderDefault.objects.filter(provider=provider, state__in=DEFAULT.under_way).exists()
        or obliging(provider).exists()
        or Assessment.objects.filter(provider=provider, state__in=ASSESSMENT.under_way).exists()
        or MarginCall.objects.filter(cured_by=provider, state=MarginCallState.CURED).exists()
        or Vault.objects.filter(provider=provider, supply__gt=0).exists()
        or list_repos_of(provider).filter(state__in=REPO.under_way).exists()
        or Account.objects.filter(provider=provider, asset__shadow_of=None).exclude(posted=0, held=0).exists()
        or Bid.objects.filter(provider=provider, state=BidState.LIVE, **_REAL).exists()
        or Readiness.objects.filter(provider=provider, state=ReadinessState.LIVE, **_REAL).exists()
        or CutBid.objects.filter(provider=provider, state=CutBidState.LIVE, lot__book__asset__shadow_of=None).exists()
        or Settlement.objects.filter(
            award__provider=provider, state__in=SETTLEMENT.under_way, book__asset__shadow_of=None
        ).exists()
    ):
        raise AccountRefusal.PROVIDER_NOT_FREE.error()
