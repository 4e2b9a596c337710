"""Who is asking: `Authorization: Bearer <key>`.

One query; a key is found by the part that may be shown and compared by its hash in constant time.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import ApiKey, Provider
from accounts.rules.keys import hash_of
from accounts.rules.refusals import AccountRefusal
from backstop.models import Venue


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a key stands for: its venue, or with `provider` that provider alone. `id` is the key's."""

    id: UUID
    venue: Venue
    provider: Provider | None
    scopes: frozenset[str]
    prefix: str
    label: str

    is_authenticated = True


class KeyAuthentication(BaseAuthentication):
    """Raises `key_malformed`, `key_unknown` or `key_revoked`."""

    def authenticate(self, request: Request) -> tuple[Principal, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AccountRefusal.KEY_MALFORMED.error()
        key = _found(words[1].decode("latin-1"))
        if key.revoked_at is not None:
            raise AccountRefusal.KEY_REVOKED.error()
        principal = Principal(key.id, key.venue, key.provider, frozenset(key.scopes), key.prefix, key.label)
        return principal, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="backstop"'


def _found(secret: str) -> ApiKey:
    prefix = secret.partition(".")[0].replace("\0", "")[:16]
    key = ApiKey.objects.select_related("venue", "provider").filter(prefix=prefix).first()
    if key is None or not hmac.compare_digest(key.secret_hash, hash_of(secret)):
        raise AccountRefusal.KEY_UNKNOWN.error()
    return key
