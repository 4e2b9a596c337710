"""What a sealed bid hides, the bytes that stand for it, and the digest that commits to it.

Guarantees that what is sealed is of one length whatever it says, that a digest fits one content only, and that nobody
without the auction's key or the bid's salt can find the content by trying.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from backstop.values.amounts import EXACT, ZERO, AmountRefused, difference, require_scale, to_text
from backstop.values.bps import EDGE_SCALE
from backstop.values.documents import content_of, time_text

# Version, units, min_units, edge in steps of its scale, all_or_none; since version 2 whether there is an inverse edge,
# and that edge. Digests of version 1 stand in transcripts that still verify.
_LAYOUTS = {1: struct.Struct(">BQQq?"), 2: struct.Struct(">BQQq??q")}
OFFER_VERSION = 2
OFFER_BYTES = _LAYOUTS[OFFER_VERSION].size
PSEUDONYM_BYTES = 8


class OfferUnreadable(ValueError):
    """An offer that no bytes stand for, or bytes that stand for no offer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a sealed bid hides: up to `units` for `edge_bps` each. It is a package where it is all or none, or takes at
    least `min_units`. Where the lot's direction is not shown it has an `inverse_edge_bps` too, for the inverse lot."""

    units: int
    edge_bps: Decimal
    all_or_none: bool = False
    min_units: int = 1
    inverse_edge_bps: Decimal | None = None

    @property
    def least_units(self) -> int:
        """The fewest units that it accepts when it is accepted at all."""
        return self.units if self.all_or_none else self.min_units

    @property
    def is_package(self) -> bool:
        """Whether some numbers of units between 1 and `units` are not acceptable to it."""
        return self.least_units > 1

    def edge_for(self, *, inverse: bool) -> Decimal:
        """The edge that it asks for the lot, or for its inverse where it states one."""
        return self.inverse_edge_bps if inverse and self.inverse_edge_bps is not None else self.edge_bps

    def is_no_worse_than(self, former: "Offer") -> bool:
        """Whether whoever could count on the former can count on this: no higher edge either way, no fewer units, and
        accepting whatever the former accepted. Equality is no worse."""
        return (
            all(eased >= 0 for eased in self._edges_below(former))
            and self.units >= former.units
            and self.least_units <= former.least_units
        )

    def is_better_than(self, former: "Offer", least_step_bps: Decimal) -> bool:
        """Whether one that is no worse than the former is better by something that counts: more units, or fewer of them
        at once; and where it lowers an edge, by at least `least_step_bps`. Equality is enough."""
        eased = [step for step in self._edges_below(former) if step]
        is_better = eased or self.units > former.units or self.least_units < former.least_units
        return bool(is_better) and all(step >= least_step_bps for step in eased)

    def _edges_below(self, former: "Offer") -> list[Decimal]:
        """By how much it asks less, for the lot and for its inverse."""
        return [difference(former.edge_for(inverse=way), self.edge_for(inverse=way)) for way in (False, True)]


def encode_offer(offer: Offer, version: int = OFFER_VERSION) -> bytes:
    """The offer in exactly `OFFER_BYTES`, or fewer in a former version; equal offers have equal bytes.

    Raises `OfferUnreadable` unless 1 <= min_units <= units < 2^64 and the edges have at most four decimals, and for an
    inverse edge before version 2.
    """
    if not 1 <= offer.min_units <= offer.units:
        raise OfferUnreadable("min_units must be between 1 and units")
    has_inverse = offer.inverse_edge_bps is not None
    if version == 1 and has_inverse:
        raise OfferUnreadable("version 1 has no inverse edge")
    try:
        content = [version, offer.units, offer.min_units, _steps(offer.edge_bps), offer.all_or_none]
        if version > 1:
            content += [has_inverse, _steps(offer.inverse_edge_bps or ZERO)]
        return _LAYOUTS[version].pack(*content)
    except (AmountRefused, struct.error) as error:
        raise OfferUnreadable(str(error)) from None


def decode_offer(content: bytes) -> Offer:
    """The offer that these bytes stand for. Raises `OfferUnreadable` for anything that `encode_offer` never writes."""
    if len(content) != OFFER_BYTES:
        raise OfferUnreadable(f"an offer has {OFFER_BYTES} bytes")
    _, units, min_units, edge, all_or_none, has_inverse, inverse = _LAYOUTS[OFFER_VERSION].unpack(content)
    offer = Offer(units, _edge(edge), all_or_none, min_units, _edge(inverse) if has_inverse else None)
    if encode_offer(offer) != content:
        raise OfferUnreadable("these bytes were written in another way")
    return offer


def _steps(edge_bps: Decimal) -> int:
    return int(require_scale(edge_bps, EDGE_SCALE, "edge_bps").scaleb(EDGE_SCALE, context=EXACT))


def _edge(steps: int) -> Decimal:
    return Decimal(steps).scaleb(-EDGE_SCALE, context=EXACT)


def salt_of(auction_key: bytes, provider_id: UUID, client_bid_id: str) -> bytes:
    """A bid's salt: secret until the close, the same for a bid that is sent again, and another for every other."""
    return _mac(auction_key, "salt", provider_id.bytes, client_bid_id.encode())


def pseudonym_of(auction_key: bytes, party_id: UUID) -> str:
    """The name of a provider or a group in one auction's transcript; the same party has another in every auction."""
    return _mac(auction_key, "pseudonym", party_id.bytes)[:PSEUDONYM_BYTES].hex()


def digest_of(
    *,
    auction_id: UUID,
    pseudonym: str,
    offer: Offer,
    max_units: int,
    max_pay_bps: Decimal,
    salt: bytes,
    max_drift_bps: Decimal | None = None,
    expires_at: datetime | None = None,
    offer_version: int = OFFER_VERSION,
) -> bytes:
    """What commits to a bid: shown at once, and proven by the transcript, which shows everything that goes in.

    `pseudonym` is the provider's. Its client_bid_id goes in by the salt alone: published, it could say who it is. It
    stands up to a drift of `max_drift_bps`, which went in at first with transcripts of version 6, and until
    `expires_at`, which goes in since version 7 where it says one.
    """
    maxima = maxima_of(max_units, max_pay_bps, max_drift_bps, expires_at)
    promise = auction_id.bytes, encode_offer(offer, offer_version), *maxima
    return hashlib.sha256(framed("digest", *promise, pseudonym.encode(), salt)).digest()


def fingerprint_of(
    auction_key: bytes,
    *,
    auction_id: UUID,
    provider_id: UUID,
    client_bid_id: str,
    offer: Offer,
    max_units: int,
    max_pay_bps: Decimal,
    max_drift_bps: Decimal | None = None,
) -> bytes:
    """By what a bid that is sent again is known to be the same, while its content is sealed."""
    sent = auction_id.bytes, content_of(offer), *maxima_of(max_units, max_pay_bps, max_drift_bps)
    return _mac(auction_key, "fingerprint", *sent, provider_id.bytes, client_bid_id.encode())


def maxima_of(
    max_units: int, max_pay_bps: Decimal, max_drift_bps: Decimal | None, expires_at: datetime | None = None
) -> tuple[bytes, ...]:
    """What is declared in the clear beside an offer, as parts of a message: no limit of drift is no part, nor is no
    end."""
    drift = () if max_drift_bps is None else (to_text(max_drift_bps).encode(),)
    end = () if expires_at is None else (time_text(expires_at).encode(),)
    return str(max_units).encode(), to_text(max_pay_bps).encode(), *drift, *end


def framed(purpose: str, *parts: bytes) -> bytes:
    """The parts as one message that cannot be read in two ways, nor taken for one with another purpose: each is
    preceded by its length."""
    return b"".join([_opening(purpose), *[len(part).to_bytes(4, "big") + part for part in parts]])


@cache
def _opening(purpose: str) -> bytes:
    named = f"backstop/1/{purpose}".encode()
    return len(named).to_bytes(4, "big") + named


def _mac(auction_key: bytes, purpose: str, *parts: bytes) -> bytes:
    return hmac.digest(auction_key, framed(purpose, *parts), "sha256")
