"""Who is asking: `Authorization: Bearer <key>`, or a signature by a key of the caller's own (RFC 9421).

A bearer key is found by the part that may be shown and compared by its hash in constant time; a signature is checked by
the public key, which never changes and is asked for once a process. Whether the key opens anything at this moment and
from this address, and what it may still ask, one query judges: accounts/sql/judge_key.sql. It spends a signature's
nonce, and commits by itself, before anything is done.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, Func, JSONField, QuerySet, Value, When
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import ApiKey, Provider, PublicKey
from accounts.rules.keys import hash_of
from accounts.rules.refusals import BY_CODE, AccountRefusal
from accounts.rules.signed_requests import (
    DIGEST_HEADER,
    INPUT_HEADER,
    SIGNATURE_HEADER,
    SignatureSent,
    authority_of,
    digest_of,
    is_named,
    is_plain,
    read_signature,
    signed_text,
)
from backstop.api.raw import RAW_PATH
from backstop.metering import Allowance, Cost, Rate
from backstop.models import Venue
from backstop.models.idempotency import IDEMPOTENCY_HEADER
from backstop.sql_functions import read_function
from backstop.values.signatures import is_signed

if TYPE_CHECKING:  # REST framework reads this module while its own views are not there yet
    from backstop.api.views import View

JUDGE_KEY = read_function(Path(__file__).parent / "sql" / "judge_key.sql")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a key stands for: its venue, or with `provider` that provider alone. `id` is the key's, `counts_as` that of
    the one with which it counts as one."""

    id: UUID
    counts_as: UUID
    venue: Venue
    provider: Provider | None
    scopes: frozenset[str]
    prefix: str
    label: str
    networks: tuple[str, ...]
    expires_at: datetime | None
    allowances: tuple[Allowance, ...]

    is_authenticated = True

    def require_offering(self) -> None:
        """Raises `provider_suspended` where its provider may look and cancel, but offer nothing new."""
        if self.provider is not None and not self.provider.may_offer:
            raise AccountRefusal.PROVIDER_SUSPENDED.error()


class KeyAuthentication(BaseAuthentication):
    """Raises what stands against the key or the signature: `key_unknown`, `key_revoked`, `signature_refused`, …"""

    def authenticate(self, request: Request) -> tuple[Principal, ApiKey] | None:
        words = get_authorization_header(request).split()
        has_bearer = bool(words) and words[0].lower() == b"bearer"
        is_signed_request = INPUT_HEADER in request.headers or SIGNATURE_HEADER in request.headers
        if not has_bearer and not is_signed_request:
            return None
        if has_bearer and is_signed_request:
            raise AccountRefusal.KEY_DOUBLE.error()
        if has_bearer and len(words) != 2:
            raise AccountRefusal.KEY_MALFORMED.error()
        costs = _costs_of(request)
        key = _signing(request, costs) if is_signed_request else _bearing(request, words[1].decode("latin-1"), costs)
        return _admitted(key, costs), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="backstop"'


def _costs_of(request: Request) -> list[Cost]:
    """What the request costs: what its address does, and where its answer is to be stored, that too."""
    view = cast("View", request.parser_context["view"])
    cost = view.cost_of(request.method or "")
    stores_nothing = request.query_params.get("dry_run") == "true"
    if IDEMPOTENCY_HEADER not in request.headers or stores_nothing:
        return [cost]
    return [cost, Cost("answers_of_cancels" if cost.rate == "cancels" else "answers")]


def address_of(request: Request) -> str | None:
    """From where somebody asks; None where nobody knows."""
    return request.META.get("REMOTE_ADDR") or None


def _bearing(request: Request, secret: str, costs: Sequence[Cost]) -> ApiKey:
    prefix = secret.partition(".")[0].replace("\0", "")[:16]
    secret_hash = hash_of(secret)
    is_known = When(secret_hash=secret_hash, then=_judged(request, costs))
    key = _keys().filter(prefix=prefix).annotate(judged=Case(is_known)).first()
    if key is None or not hmac.compare_digest(key.secret_hash, secret_hash):
        raise AccountRefusal.KEY_UNKNOWN.error()
    return key


def check_signature(request: Request) -> tuple[PublicKey, SignatureSent]:
    """The key that signed this request, and how. Whether that was in time, and for the first time, is not known yet.

    Raises `signature_malformed`, `key_unknown`, `authority_refused`, `path_refused`, `digest_refused`,
    `signature_refused`.
    """
    sent = read_signature(request.headers.get(INPUT_HEADER, ""), request.headers.get(SIGNATURE_HEADER, ""))
    public_key = _public_key(sent.key_id)
    if not is_signed(public_key.content, _signed_text(request, sent), sent.signature):
        raise AccountRefusal.SIGNATURE_REFUSED.error()
    return public_key, sent


def _signing(request: Request, costs: Sequence[Cost]) -> ApiKey:
    public_key, sent = check_signature(request)
    return _keys().annotate(judged=_judged(request, costs, sent, public_key.window_seconds)).get(id=public_key.key_id)


@lru_cache(maxsize=10_000)
def _public_key(key_id: str) -> PublicKey:
    """Raises `key_unknown`, which is not remembered."""
    prefix, _, code = key_id.partition(".")
    public_key = PublicKey.objects.filter(key__prefix=prefix, key__venue__code=code).first()
    if public_key is None:
        raise AccountRefusal.KEY_UNKNOWN.error()
    return public_key


def _signed_text(request: Request, sent: SignatureSent) -> bytes:
    """What was signed if this request was. Raises `authority_refused`, `path_refused`, `digest_refused`."""
    authority = authority_of(request.get_host(), request.scheme or "")
    if not is_named(authority, settings.PUBLIC_AUTHORITIES):
        named = ", ".join(settings.PUBLIC_AUTHORITIES) or "a name of this host's own"
        raise AccountRefusal.AUTHORITY_REFUSED.error(f"nothing is signed for {authority}: sign for {named}")
    path = request.META[RAW_PATH]
    if not is_plain(path):
        raise AccountRefusal.PATH_REFUSED.error()
    digest = digest_of(request.body)
    if request.headers.get(DIGEST_HEADER) != digest:
        raise AccountRefusal.DIGEST_REFUSED.error()
    return signed_text(
        method=request.method or "",
        authority=authority,
        path=path,
        query=request.META.get("QUERY_STRING", ""),
        digest=digest,
        parameters=sent.parameters,
    )


def _keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.select_related("venue", "provider")


def _judged(
    request: Request, costs: Sequence[Cost], sent: SignatureSent | None = None, window_seconds: int | None = None
) -> Func:
    """An expression of a query for keys: what `judge_key` answers of the key."""
    rates = [Rate.of(cost.rate) for cost in costs]
    told: list[Any] = [
        address_of(request),
        [rate.name for rate in rates],
        [float(cost.tokens) for cost in costs],
        [float(rate.most) for rate in rates],
        [float(rate.per_second) for rate in rates],
        sent and sent.signed_at,
        sent and sent.nonce,
        window_seconds,
    ]
    return Func(F("id"), *map(Value, told), function=JUDGE_KEY.name, output_field=JSONField())


def _admitted(key: Any, costs: Sequence[Cost]) -> Principal:
    """Raises what the judgement says."""
    if code := key.judged["code"]:
        raise BY_CODE[code].error()
    taken = zip(costs, key.judged["left"], strict=False)  # nothing is taken after what is spent
    allowances = tuple(Allowance(Rate.of(cost.rate), left) for cost, left in taken)
    return Principal(
        id=key.id,
        counts_as=key.counts_as,
        venue=key.venue,
        provider=key.provider,
        scopes=frozenset(key.scopes),
        prefix=key.prefix,
        label=key.label,
        networks=tuple(key.networks or ()),
        expires_at=key.expires_at,
        allowances=allowances,
    )
