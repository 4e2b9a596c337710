"""A provider is granted an API key, which a member of it collects: who grants it never sees its secret."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two, names_of_deciders
from accounts.desks.keys import create_key
from accounts.desks.people import find_provider
from accounts.models import ApiKey, Member
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def grant_key(
    *,
    venue_id: UUID,
    provider_id: UUID,
    scopes: tuple[str, ...],
    reason: str,
    label: str = "",
    networks: tuple[str, ...] = (),
    expires_at: datetime | None = None,
) -> ApiKey:
    """A new key that opens nothing until it is collected, and then from `networks` alone and before `expires_at`.

    Raises `reason_missing`, `provider_unknown`, `members_missing`, `scopes_refused`, `networks_refused`,
    `provider_not_in_state`, `provider_in_default`.
    """
    require_reason(reason)
    provider = find_provider(venue_id, provider_id)
    if not Member.objects.filter(provider=provider, user__is_active=True).exists():
        raise AccountRefusal.MEMBERS_MISSING.error()
    said: dict[str, Any] = {"label": label, "granted_names": sorted(names_of_deciders()), "expires_at": expires_at}
    key, _ = create_key(venue=provider.venue, provider=provider, scopes=scopes, networks=networks, **said)
    return key
