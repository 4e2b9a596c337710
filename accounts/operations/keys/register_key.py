"""A member of a provider collects a key that was granted to it by a public key of its own: there is no secret."""

from uuid import UUID

from accounts.desks.keys import lock_waiting_key, record_key, sign_with
from accounts.events import KeyRegistered
from accounts.models import ApiKey
from accounts.rules.keys import WINDOW_SECONDS
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def register_key(*, key_id: UUID, public_key: str, window_seconds: int = WINDOW_SECONDS) -> ApiKey:
    """The key, which opens from now on what it is for, for whoever signs by the other half of this public key (base64
    or PEM); a signature is good for so many seconds.

    Raises what `collect_key` does, and `public_key_refused`, `public_key_known`, `out_of_range`.
    """
    key, username = lock_waiting_key(key_id)
    key.person, key.collected_at = username, clock.now()
    save_changes([key])
    known = sign_with(key, public_key, window_seconds)
    record_key(key, KeyRegistered, public_key=known.text)
    return key
