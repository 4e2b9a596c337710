"""A member of a provider collects a key that was granted to it, and alone sees its secret."""

from uuid import UUID

from accounts.desks.approvals import require_names
from accounts.desks.keys import new_secret, record_key
from accounts.events import KeyCollected
from accounts.models import ApiKey, Member
from accounts.rules.keys import hash_of
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.transactions import current_actor, operation


@operation
def collect_key(*, key_id: UUID) -> tuple[ApiKey, str]:
    """The key and its text, which cannot be had again; from now on it is this member's, and opens what it is for.

    Raises `person_unknown`, `key_not_waiting` (also for who is no member of its provider), `key_granted_by_you`.
    """
    actor = current_actor()
    names = require_names(actor)
    _, _, username = actor.partition("user:")
    member = Member.objects.filter(user__username=username).first()
    waiting = ApiKey.objects.filter(id=key_id, provider=member.provider_id) if member else ApiKey.objects.none()
    key = lock_row(Lock.KEY_ROW, waiting.select_related("venue"))
    if key is None or not key.is_to_be_collected:
        raise AccountRefusal.KEY_NOT_WAITING.error()
    if names & set(key.granted_names or ()):
        raise AccountRefusal.KEY_GRANTED_BY_YOU.error()
    secret = new_secret(key.prefix, key.venue)
    key.secret_hash, key.person, key.collected_at = hash_of(secret), username, clock.now()
    save_changes([key])
    record_key(key, KeyCollected)
    return key, secret
