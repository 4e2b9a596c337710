"""Sealing: what a sealed bid offers is stored encrypted, under a key of its auction, until the close opens it.

Guarantees that units and edge of a sealed bid are nowhere in the database in plain, that an auction's keys are stored
under the current master key of `SEALING_KEYS` only, and that what providers seal themselves is opened by nobody but the
close. docs/sealed_bids.md says what this protects from.
"""

import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from auctions.desks.work import terms_of
from auctions.models import Auction, Bid, SealedBy
from auctions.rules.clearing import packages_each
from auctions.rules.disclosure import Disclosure
from auctions.rules.encryption import SealBroken, binding_of, decrypt_offer, encrypt_offer
from auctions.rules.provider_sealing import SealedPromise, open_offer, public_key_of
from auctions.rules.sealing import Offer, digest_of, fingerprint_of, framed, pseudonym_of, salt_of
from backstop.values.keyrings import KEY_BYTES, NONCE_BYTES, KeyMissing, WrappedKey

KEPT = 1024  # auctions whose unwrapped keys a process remembers

log = structlog.get_logger(__name__)

_kept: dict[UUID, "Seal"] = {}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bid's offer as it is stored: what only the close reads, what commits to it, what knows it when sent again."""

    content: bytes
    digest: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class Seal:
    """The key of one auction, unwrapped. Never stored, never shown. With it what never changes of the auction, so that
    nobody has to look for it with each bid: what a bid holds is of the asset `asset_id`, maybe a drill's, to `scale`
    decimals, with a buffer for drift of `drift_buffer_bps`.

    A bid that names no limit of drift stands up to `max_drift_bps`. Where providers seal their bids themselves it is to
    `public_key`; `private_key` is the close's alone.
    """

    auction_id: UUID
    key: bytes = field(repr=False)
    asset_id: UUID
    asset_code: str
    scale: int
    is_drill: bool
    max_drift_bps: Decimal
    drift_buffer_bps: Decimal
    takes_packages: bool
    hides_lot: bool
    min_improvement_bps: Decimal
    max_packages: int
    public_key: bytes | None
    private_key: bytes | None = field(default=None, repr=False)

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(hmac.digest(self.key, framed("encryption"), "sha256"))

    def seal(
        self,
        *,
        provider_id: UUID,
        client_bid_id: str,
        offer: Offer,
        max_units: int,
        max_pay_bps: Decimal,
        max_drift_bps: Decimal,
        named_drift_bps: Decimal | None = None,
        expires_at: datetime | None = None,
    ) -> Sealed:
        """What is stored of an offer that stands up to a drift of `max_drift_bps`, and until `expires_at` (None: to the
        end); what is sent again with it names `named_drift_bps`, or none. Raises `OfferUnreadable` for one that no
        bytes stand for."""
        binding = binding_of(self.auction_id, provider_id, client_bid_id)
        return Sealed(
            content=encrypt_offer(self._cipher, secrets.token_bytes(NONCE_BYTES), offer, binding),
            digest=digest_of(
                auction_id=self.auction_id,
                pseudonym=pseudonym_of(self.key, provider_id),
                offer=offer,
                max_units=max_units,
                max_pay_bps=max_pay_bps,
                salt=salt_of(self.key, provider_id, client_bid_id),
                max_drift_bps=max_drift_bps,
                expires_at=expires_at,
            ),
            fingerprint=fingerprint_of(
                self.key,
                auction_id=self.auction_id,
                provider_id=provider_id,
                client_bid_id=client_bid_id,
                offer=offer,
                max_units=max_units,
                max_pay_bps=max_pay_bps,
                max_drift_bps=named_drift_bps,
            ),
        )

    def take_in(
        self, promise: SealedPromise, *, provider_id: UUID, client_bid_id: str, named_drift_bps: Decimal | None
    ) -> Sealed:
        """What is stored of a bid that its provider sealed: as it came."""
        salt = salt_of(self.key, provider_id, client_bid_id)
        return Sealed(
            content=promise.sealed_offer,
            digest=promise.digest(pseudonym_of(self.key, provider_id), salt),
            fingerprint=promise.fingerprint(self.key, provider_id, client_bid_id, named_drift_bps),
        )

    def is_by_provider(self, bid: Bid) -> bool:
        """Whether its provider sealed the bid itself; a commitment's is always sealed by the venue."""
        return self.public_key is not None and bid.commitment_id is None

    def open(self, bid: Bid) -> Offer:
        """What the bid offers. Raises `SealBroken` where what is stored was changed, or belongs to another bid."""
        binding = binding_of(self.auction_id, bid.provider_id, bid.client_bid_id)
        content = bytes(bid.sealed_offer or b"")
        if self.is_by_provider(bid):
            return open_offer(self.private_key or b"", content, binding)
        return decrypt_offer(self._cipher, content, binding)

    def hides_package(self, bid: Bid) -> bool:
        """Whether what the venue sealed as this bid is a package; a broken seal is none, and counts for nothing."""
        try:
            return not self.is_by_provider(bid) and self.open(bid).is_package
        except SealBroken:
            return False


def make_seal(auction: Auction) -> Seal:
    """A new key for an auction that opens, stored with it under the current master key; and where providers seal
    their bids, the pair that they seal to."""
    private_key = secrets.token_bytes(KEY_BYTES) if auction.sealed_by == SealedBy.PROVIDER else None
    auction.offer_public_key = public_key_of(private_key) if private_key else None
    seal = _seal_of(auction, secrets.token_bytes(KEY_BYTES))
    store_keys(auction, seal.key, private_key)
    return seal


def load_seals(auction_ids: Collection[UUID]) -> dict[UUID, Seal]:
    """The keys of those of these auctions that are sealed; at most one query, none where all are remembered.

    An auction whose master key is not at hand is left out: nobody can bid in it until the key is back.
    """
    asked = set(auction_ids)
    seals = {key: seal for key in asked if (seal := _kept.get(key)) is not None}
    if len(seals) < len(asked):
        rows = Auction.objects.filter(id__in=asked - seals.keys(), sealed_key__isnull=False)
        rows = rows.select_related("step__lot__book__playbook", "step__lot__book__asset")
        for auction in rows:
            try:
                seals[auction.id] = _remember(_seal_of(auction, unwrap_key(auction)))
            except KeyMissing as missing:
                log.error("sealing_key_missing", auction=str(auction.id), reason=str(missing))
    return seals


def load_seals_to_open(auctions: Sequence[Auction]) -> dict[UUID, Seal]:
    """The same with what opens the bids that providers sealed, for the close alone; never remembered."""
    seals = load_seals([auction.id for auction in auctions])
    for auction in auctions:
        if auction.id in seals and auction.sealed_by == SealedBy.PROVIDER:
            try:
                seals[auction.id] = replace(seals[auction.id], private_key=private_key_of(auction))
            except KeyMissing as missing:
                log.error("offer_key_missing", auction=str(auction.id), reason=str(missing))
                del seals[auction.id]
    return seals


def store_keys(auction: Auction, key: bytes, private_key: bytes | None) -> None:
    wrapped = settings.SEALING_KEYS.wrap(key, auction.id.bytes, secrets.token_bytes(NONCE_BYTES))
    auction.sealing_key, auction.sealed_key = wrapped.master, wrapped.content
    if private_key is not None:
        purpose, nonce = _purpose_of_private_key(auction), secrets.token_bytes(NONCE_BYTES)
        auction.offer_private_key = settings.SEALING_KEYS.wrap(private_key, purpose, nonce).content


def private_key_of(auction: Auction) -> bytes | None:
    if auction.sealed_by != SealedBy.PROVIDER:
        return None
    wrapped = WrappedKey(auction.sealing_key, bytes(auction.offer_private_key or b""))
    return settings.SEALING_KEYS.unwrap(wrapped, _purpose_of_private_key(auction))


def _purpose_of_private_key(auction: Auction) -> bytes:
    return framed("private key", auction.id.bytes)


def unwrap_key(auction: Auction) -> bytes:
    """Its key, unwrapped. Raises `KeyMissing`."""
    wrapped = WrappedKey(auction.sealing_key, bytes(auction.sealed_key or b""))
    return settings.SEALING_KEYS.unwrap(wrapped, auction.id.bytes)


def _seal_of(auction: Auction, key: bytes) -> Seal:
    takes_packages = terms_of(auction, auction.reserve_edge_bps).takes_packages
    public_key = bytes(auction.offer_public_key) if auction.offer_public_key else None
    hides_lot = auction.disclosure == Disclosure.SIZE_BAND
    max_packages = packages_each(auction.units)
    book = auction.step.lot.book
    return Seal(
        auction_id=auction.id,
        key=key,
        asset_id=book.asset_id,
        asset_code=book.asset.code,
        scale=book.asset.scale,
        is_drill=book.is_drill,
        max_drift_bps=book.playbook.max_drift_bps,
        drift_buffer_bps=book.playbook.drift_buffer_bps,
        takes_packages=takes_packages,
        hides_lot=hides_lot,
        min_improvement_bps=auction.min_improvement_bps,
        max_packages=max_packages,
        public_key=public_key,
    )


def _remember(seal: Seal) -> Seal:
    while len(_kept) >= KEPT:
        _kept.pop(next(iter(_kept), seal.auction_id), None)
    _kept[seal.auction_id] = seal
    return seal
