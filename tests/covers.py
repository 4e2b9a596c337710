"""Covers for tests: drafted, signed by every party with a key of its own, and activated."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.models import Cover, Provider
from accounts.operations.covers.draft_cover import draft_cover
from accounts.operations.covers.sign_cover import sign_cover
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from accounts.rules.sharing.contracts import (
    BUCKETS,
    REGIMES,
    SIGNED_FOR,
    ContractTerms,
    InsuredPart,
    Performance,
    PremiumTerms,
    Trigger,
)
from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from accounts.rules.sharing.premiums import Kink, Tariff
from auctions.operations.operator.activate_cover import activate_cover
from backstop.client.signing import Signer
from backstop.models import Venue
from tests.builders import perform

TEXT = "The insurers pay what the layer says."
AMOUNTS = {"attachment": "1000", "limit": "5000", "aggregate": "10000"}
SHARES = {"quota_share": "0.8", "copay": "0.1", "funding_rate": "1"}
SECONDS = {
    "hours_clause_seconds": 72 * 3600,
    "waiting_seconds": 0,
    "term_seconds": 30 * 86400,
    "notice_seconds": 86400,
    "answer_seconds": 3600,
}


def premium(**said: Any) -> PremiumTerms:
    """300 bps a year between 100 and 1,000, twice as much where a market is stressed, by at most 500 in a day."""
    decimals = {"base_bps": "300", "floor_bps": "100", "cap_bps": "1000", "max_step_bps": "500"}
    rates = {name: Decimal(said.pop(name, default)) for name, default in decimals.items()}
    use = Kink(kink=Decimal("0.5"), unused=Decimal(1), at_kink=Decimal("1.5"), used_up=Decimal(3))
    factors = {"by_regime": dict(zip(REGIMES, map(Decimal, (1, 2, 3)), strict=True))}
    factors["by_rating"] = dict.fromkeys(BUCKETS, Decimal(1)) | {"1": Decimal("1.2")}
    return PremiumTerms(tariff=Tariff(**rates, use=use), **{**factors, "grace_seconds": 86400, **said})


def levels(**said: str) -> dict[str, dict[str, Decimal]]:
    """All of the limit, whatever the regime and the ratings, but for what is said of a regime."""
    return {regime: dict.fromkeys(BUCKETS, Decimal(said.get(regime.lower(), "1"))) for regime in REGIMES}


def terms(venue: Venue, parts: Mapping[Provider, int], **said: Any) -> ContractTerms:
    """Of 1,000 to 6,000 of the venue's own 80 % with a co-payment of 10 %, fully funded, unless something is said."""
    decimals = {name: Decimal(said.pop(name, default)) for name, default in (AMOUNTS | SHARES).items()}
    insurers = tuple(InsuredPart(provider.id, count) for provider, count in parts.items())
    whose: dict[str, Any] = {"cover_id": uuid4(), "venue_id": venue.id, "group_id": None, "account": "", "asset": "USD"}
    answers = {"triggers": (Trigger.SHORTFALL,), "default_answer": Performance.PAY}
    by_id = tuple(sorted(insurers, key=lambda each: each.provider_id))
    return ContractTerms(**{**whose, **answers, **SECONDS, **decimals, "insurers": by_id, "premium": premium(), **said})


def drafted(venue: Venue, parts: Mapping[Provider, int], *, text: str = TEXT, **said: Any) -> Cover:
    cover: Cover = perform(draft_cover, terms=terms(venue, parts, **said), text=text)
    return cover


def private_key_of(venue: Venue, provider: Provider | None = None) -> tuple[Ed25519PrivateKey, str]:
    """A key that is registered for the provider, or the venue, and its public half."""
    private_key = Ed25519PrivateKey.generate()
    public_key = Signer("", private_key).public_key
    scopes = PROVIDER_SCOPES if provider else VENUE_SCOPES
    perform(issue_key, venue=venue, provider=provider, scopes=scopes, public_key=public_key)
    return private_key, public_key


def signature_of(private_key: Ed25519PrivateKey, content_hash: str) -> bytes:
    return private_key.sign(SIGNED_FOR + bytes.fromhex(content_hash))


def sign(cover: Cover, provider: Provider | None = None) -> Cover:
    """By a new key of the provider, or of the venue."""
    private_key, public_key = private_key_of(cover.venue, provider)
    said = {"public_key": public_key, "signature": signature_of(private_key, cover.content_hash)}
    whose = {"venue_id": cover.venue_id, "provider_id": provider and provider.id}
    signed: Cover = perform(sign_cover, cover_id=cover.id, **whose, **said)
    return signed


def signed(venue: Venue, parts: Mapping[Provider, int], **said: Any) -> Cover:
    cover = sign(drafted(venue, parts, **said))
    for provider in parts:
        cover = sign(cover, provider)
    return cover


def activate(cover: Cover) -> Cover:
    activated: Cover = perform(activate_cover, venue_id=cover.venue_id, cover_id=cover.id, reason="all signed")
    return activated


def limit_tranche(venue: Venue, per_event: str | None = "1000") -> None:
    """The first tranche pays so much at most of one event."""
    tranche = PlannedLayer(LayerKind.FIRST_TRANCHE, None if per_event is None else Decimal(per_event))
    perform(
        set_loss_plan,
        venue_id=venue.id,
        layers=(tranche, PlannedLayer(LayerKind.COVERS), PlannedLayer(LayerKind.FUND)),
        reason="a test",
    )


def active(venue: Venue, parts: Mapping[Provider, int], **said: Any) -> Cover:
    """One that stands: its hours clause is that of playbooks, and the tranche pays 1,000 of an event at most."""
    limit_tranche(venue)
    return activate(signed(venue, parts, **said))
