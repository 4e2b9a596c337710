"""An API key is issued and shown once. Only a hash is stored, so that nobody who reads the database can act."""

from collections.abc import Collection

from accounts.desks.approvals import people_behind
from accounts.desks.keys import create_key
from accounts.models import ApiKey, Provider
from accounts.rules.keys import READING
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue
from backstop.transactions import current_actor, operation


@operation
def issue_key(
    *,
    venue: Venue,
    provider: Provider | None = None,
    scopes: Collection[str],
    label: str = "",
    person: str | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which cannot be had again. Raises `scopes_refused`, `provider_not_in_state`,
    `provider_in_default`, and `key_for_members` where a person would see what acts for a provider.

    `person` is the name of the user whom it belongs to; None: of whoever issues it. What needs two persons counts it as
    theirs, and as of who issued it.
    """
    if provider is not None and provider.venue_id != venue.id:
        raise AccountRefusal.SCOPES_REFUSED.error(f"{provider} is no provider of {venue}")
    if provider is not None and not READING.issuperset(scopes) and people_behind(current_actor()):
        raise AccountRefusal.KEY_FOR_MEMBERS.error()
    return create_key(venue=venue, provider=provider, scopes=scopes, label=label, person=person or None)
