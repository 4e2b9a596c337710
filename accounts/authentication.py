"""Who is asking: `Authorization: Bearer <key>`.

One query; a key is found by the part that may be shown and compared by its hash in constant time. The same query takes
the tokens that the request costs of the key's buckets.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Q, TextField, When
from django.db.models.functions import Cast
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import ApiKey, Provider
from accounts.rules.keys import hash_of
from accounts.rules.refusals import AccountRefusal
from backstop.metering import Allowance, Rate, token_of
from backstop.models import Venue
from backstop.models.idempotency import IDEMPOTENCY_HEADER

CANCELLING = "DELETE"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a key stands for: its venue, or with `provider` that provider alone. `id` is the key's."""

    id: UUID
    venue: Venue
    provider: Provider | None
    scopes: frozenset[str]
    prefix: str
    label: str
    allowances: tuple[Allowance, ...]

    is_authenticated = True

    def require_offering(self, method: str) -> None:
        """Raises `provider_suspended` where its provider may look and cancel, but offer nothing new."""
        if method != CANCELLING and self.provider is not None and not self.provider.may_offer:
            raise AccountRefusal.PROVIDER_SUSPENDED.error()


class KeyAuthentication(BaseAuthentication):
    """Raises `key_malformed`, `key_unknown` or `key_revoked`."""

    def authenticate(self, request: Request) -> tuple[Principal, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AccountRefusal.KEY_MALFORMED.error()
        rates = _rates_of(request)
        key = _found(words[1].decode("latin-1"), rates)
        if key.revoked_at is not None:
            raise AccountRefusal.KEY_REVOKED.error()
        allowances = tuple(Allowance(rate, getattr(key, rate.name)) for rate in rates)
        scopes = frozenset(key.scopes)
        return Principal(key.id, key.venue, key.provider, scopes, key.prefix, key.label, allowances), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="backstop"'


def _rates_of(request: Request) -> list[Rate]:
    """What the request costs: to take something back, nothing of what others cost."""
    names = ["cancels" if request.method == CANCELLING else "requests"]
    if IDEMPOTENCY_HEADER in request.headers:
        names.append("answers")
    return [Rate.of(name) for name in names]


def _found(secret: str, rates: Sequence[Rate]) -> ApiKey:
    prefix = secret.partition(".")[0].replace("\0", "")[:16]
    secret_hash = hash_of(secret)
    is_opened = Q(secret_hash=secret_hash, revoked_at=None)
    spent = {rate.name: Case(When(is_opened, then=token_of(Cast("id", TextField()), rate))) for rate in rates}
    key = ApiKey.objects.select_related("venue", "provider").filter(prefix=prefix).annotate(**spent).first()
    if key is None or not hmac.compare_digest(key.secret_hash, secret_hash):
        raise AccountRefusal.KEY_UNKNOWN.error()
    return key
