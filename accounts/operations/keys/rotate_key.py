"""A key that signs gets a successor, so that its holder changes keys without a pause: for a while both are live."""

from datetime import timedelta
from uuid import UUID

from accounts.desks.keys import create_successor, lock_lineage, record_key
from accounts.desks.people import lock_provider
from accounts.events import KeyRotated
from accounts.models import ApiKey
from accounts.rules.keys import ROTATED_AFTER
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def rotate_key(*, key_id: UUID, public_key: str, overlap_seconds: int) -> ApiKey:
    """The successor: for no more than this key, from no more places and for no longer. This one ends in so many
    seconds, or when it does by itself; whoever revokes this one revokes both.

    Raises `key_revoked`, `key_not_signing`, `key_rotated`, `key_recent`, `public_key_refused`,
    `public_key_known`.
    """
    key = ApiKey.objects.select_related("provider").get(id=key_id)
    if key.provider is not None:
        lock_provider(key.provider)  # a default narrows all keys that there are
    key, *successors = lock_lineage(key)
    now = clock.now()
    if not key.is_live(now):
        raise AccountRefusal.KEY_REVOKED.error()
    if not hasattr(key, "public_key"):
        raise AccountRefusal.KEY_NOT_SIGNING.error()
    before = key.public_key.replaces
    if successors or (before is not None and before.key.is_live(now)):
        raise AccountRefusal.KEY_ROTATED.error()
    if now < key.created_at + ROTATED_AFTER:
        raise AccountRefusal.KEY_RECENT.error()
    successor = create_successor(key, public_key)
    ends_at = now + timedelta(seconds=overlap_seconds)
    key.expires_at = min(ends_at, key.expires_at or ends_at)
    save_changes([key])
    said = {"successor": successor.prefix, "public_key": successor.public_key.text, "expires_at": key.expires_at}
    record_key(key, KeyRotated, **said)
    return successor
