"""Views whose operation judges the caller's key in its own call of the database, so that there is one.

Whose a key is never changes, so that who has asked this process before is known. Whether the key opens anything now,
and what it may still ask, the operation judges, which commits whatever it decides. Where it is not reached, the key is
judged as everywhere: what stands against it is said before anything else.
"""

from typing import Any, cast

from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import Principal, address_of
from accounts.desks.keys import UnjudgedKey
from accounts.permissions import scope_missing, scope_of
from accounts.rules.keys import hash_of
from accounts.rules.refusals import AccountRefusal
from accounts.rules.signed_requests import INPUT_HEADER, SIGNATURE_HEADER
from backstop.api.views import View
from backstop.errors import DomainError, Refusal
from backstop.metering import Allowance, Rate, headers_of, take_tokens
from backstop.models.idempotency import IDEMPOTENCY_HEADER

OF_KEYS = {
    AccountRefusal.KEY_REVOKED,
    AccountRefusal.KEY_UNKNOWN,
    AccountRefusal.KEY_NOT_VALID_YET,
    AccountRefusal.KEY_EXPIRED,
    AccountRefusal.ADDRESS_REFUSED,
    AccountRefusal.SCOPE_MISSING,
    AccountRefusal.RATE_EXCEEDED,
}
KEPT = 10_000  # keys that a process remembers

_seen: dict[str, Principal] = {}  # by the hash of their secrets


class JudgedByOperation(View):
    """What posts to it is done by one operation that takes an `unjudged` key, and returns what it refuses."""

    unjudged: UnjudgedKey | None = None
    seen: Principal | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        secret_hash = _hash_presented(request)
        self.seen = _seen.get(secret_hash)
        if self.seen is not None:
            rate = Rate.of(self.cost_of("POST").rate)
            self.unjudged = UnjudgedKey(secret_hash, address_of(request), scope_of(request, self), rate)
        super().initial(request, *args, **kwargs)
        if secret_hash and self.seen is None:
            _remember(secret_hash, cast(Principal, request.user))

    @property
    def principal(self) -> Any:
        return self.seen or super().principal

    def perform_authentication(self, request: Request) -> None:
        if self.unjudged is None:
            super().perform_authentication(request)

    def check_permissions(self, request: Request) -> None:
        if self.unjudged is None:
            super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        if self.unjudged is None:
            super().check_throttles(request)

    def handle_exception(self, exc: Exception) -> Response:
        try:
            self.judge()
        except DomainError as refused:
            exc = refused
        return super().handle_exception(exc)

    def hand_over(self) -> UnjudgedKey | None:
        """The key, where it is the operation that judges it: from now on nobody else does."""
        unjudged, self.unjudged = self.unjudged, None
        return unjudged

    def hear(self, key: UnjudgedKey | None, tokens_left: float | None, refusal: Refusal | None) -> None:
        """What the operation said of the key. Raises what stands against it."""
        if key is not None and refusal in OF_KEYS - {AccountRefusal.RATE_EXCEEDED}:
            _seen.pop(key.secret_hash, None)
        if refusal is AccountRefusal.SCOPE_MISSING and key is not None:
            raise scope_missing(key.scope)
        if key is not None and tokens_left is not None:
            self.headers |= headers_of([Allowance(key.rate, tokens_left)])
        if refusal in OF_KEYS:
            raise refusal.error()

    def charge(self, tokens: int) -> None:
        """Take so many more of a key that was judged. Raises `rate_exceeded`."""
        rate = Rate.of(self.cost_of("POST").rate)
        taken = take_tokens(str(self.principal.counts_as), rate, tokens)
        said = [taken if one.rate == rate else one for one in self.principal.allowances]
        self.headers |= headers_of(said)
        if taken.is_spent:
            raise AccountRefusal.RATE_EXCEEDED.error()

    def _require_offering(self) -> None:
        self.judge()
        super()._require_offering()

    def judge(self) -> None:
        """Judge the key as everywhere, where that is left to the operation."""
        unjudged = self.hand_over()
        if unjudged is not None:
            self.seen = None
            _seen.pop(unjudged.secret_hash, None)  # the next request that it opens remembers it
            self.perform_authentication(self.request)
            self.check_permissions(self.request)
            self.check_throttles(self.request)


def _hash_presented(request: Request) -> str:
    """The hash of the secret of a bearer key that may be judged with what is asked; empty where there is none, or what
    is asked may be undone, and with it the tokens that it costs."""
    words = get_authorization_header(request).split()
    is_signed = INPUT_HEADER in request.headers or SIGNATURE_HEADER in request.headers
    is_bearer = len(words) == 2 and words[0].lower() == b"bearer" and not is_signed
    may_be_undone = IDEMPOTENCY_HEADER in request.headers or request.META.get("QUERY_STRING")
    if request.method != "POST" or not is_bearer or may_be_undone:
        return ""
    return hash_of(words[1].decode("latin-1"))


def _remember(secret_hash: str, principal: Principal) -> None:
    while len(_seen) >= KEPT:
        _seen.pop(next(iter(_seen), secret_hash), None)
    _seen[secret_hash] = principal
