"""Views whose operation judges the caller's key in its own call of the database, so that there is one.

Whose a key is never changes, so that who has asked this process before is known. Whether the key opens anything now,
whether what it signed came before, and what it may still ask, the operation judges, which commits whatever it decides.
Where it is not reached, the key is judged as everywhere: what stands against it is said before anything else.
"""

from dataclasses import dataclass
from typing import Any, cast

from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import Principal, address_of, check_signature
from accounts.desks.keys import SignedOnce, UnjudgedKey
from accounts.permissions import scope_missing, scope_of
from accounts.rules.keys import hash_of
from accounts.rules.refusals import AccountRefusal
from accounts.rules.signed_requests import INPUT_HEADER, SIGNATURE_HEADER
from backstop.api.raw import header_of
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
    AccountRefusal.SIGNATURE_OUTDATED,
    AccountRefusal.SIGNATURE_EARLY,
    AccountRefusal.NONCE_USED,
    AccountRefusal.RATE_EXCEEDED,
}
KEPT = 10_000  # keys that a process remembers

_seen: dict[str, Principal] = {}  # by the hash of a secret, or what a key signs as


@dataclass(frozen=True, slots=True)
class _Presented:
    """A key that may be judged with what is asked, and by what a process knows it again; `signed` where it signed."""

    known_by: str
    signed: SignedOnce | None


class JudgedByOperation(View):
    """What posts to it is done by one operation that takes an `unjudged` key, and returns what it refuses."""

    leaves_judging = False
    unjudged: UnjudgedKey | None = None
    seen: Principal | None = None
    presented: _Presented | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.leaves_judging = _may_be_judged_later(request)
        super().initial(request, *args, **kwargs)
        if self.presented is not None and self.seen is None:
            _remember(self.presented.known_by, cast(Principal, request.user))

    @property
    def principal(self) -> Any:
        return self.seen or super().principal

    def perform_authentication(self, request: Request) -> None:
        if self.leaves_judging:
            self.presented = _presented(request)
            self.seen = _seen.get(self.presented.known_by) if self.presented is not None else None
        if self.presented is not None and self.seen is not None:
            signed, rate = self.presented.signed, Rate.of(self.cost_of("POST").rate)
            secret_hash = None if signed else self.presented.known_by
            self.unjudged = UnjudgedKey(secret_hash, signed, address_of(request), scope_of(request, self), rate)
        else:
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
            self._forget()
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

    def _forget(self) -> None:
        if self.presented is not None:
            _seen.pop(self.presented.known_by, None)

    def _require_offering(self) -> None:
        self.judge()
        super()._require_offering()

    def judge(self) -> None:
        """Judge the key as everywhere, where that is left to the operation."""
        unjudged = self.hand_over()
        if unjudged is not None:
            self.seen, self.leaves_judging = None, False
            self._forget()  # the next request that it opens remembers it
            self.perform_authentication(self.request)
            self.check_permissions(self.request)
            self.check_throttles(self.request)


def _may_be_judged_later(request: Request) -> bool:
    """Not where what is asked may be undone, and with it what it costs, or the nonce that is spent."""
    may_be_undone = header_of(request, IDEMPOTENCY_HEADER) is not None or request.META.get("QUERY_STRING")
    return request.method == "POST" and not may_be_undone


def _presented(request: Request) -> _Presented | None:
    """The bearer key, or the one that signed this; None where it is neither, or both. Raises what stands against a
    signature whenever it was made."""
    words = get_authorization_header(request).split()
    is_signed = any(header_of(request, name) is not None for name in (INPUT_HEADER, SIGNATURE_HEADER))
    if not words and is_signed:
        key, sent = check_signature(request)
        return _Presented(f"signed:{sent.key_id}", SignedOnce(sent.signed_at, sent.nonce, key.window_seconds))
    is_bearer = len(words) == 2 and words[0].lower() == b"bearer" and not is_signed
    return _Presented(hash_of(words[1].decode("latin-1")), None) if is_bearer else None


def _remember(known_by: str, principal: Principal) -> None:
    while len(_seen) >= KEPT:
        _seen.pop(next(iter(_seen), known_by), None)
    _seen[known_by] = principal
