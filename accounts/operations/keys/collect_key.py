"""A member of a provider collects a key that was granted to it, and alone sees its secret."""

from uuid import UUID

from django.conf import settings

from accounts.desks.keys import lock_waiting_key, new_secret, record_key
from accounts.events import KeyCollected
from accounts.models import ApiKey
from accounts.rules.keys import hash_of, require_signing
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def collect_key(*, key_id: UUID) -> tuple[ApiKey, str]:
    """The key and its text, which cannot be had again; from now on it is this member's, and opens what it is for.

    Raises `person_unknown`, `key_not_waiting` (also for who is no member of its provider), `key_granted_by_you`,
    and `key_must_sign` where it does more than read, but on the demo's servers: `register_key` collects it then.
    """
    key, username = lock_waiting_key(key_id)
    require_signing(key.scopes, bearer_keys_write=settings.BEARER_KEYS_WRITE)
    secret = new_secret(key.prefix, key.venue)
    key.secret_hash, key.person, key.collected_at = hash_of(secret), username, clock.now()
    save_changes([key])
    record_key(key, KeyCollected)
    return key, secret
