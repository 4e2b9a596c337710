"""Transcripts: what a sealed auction is decided by is written down, opened and under pseudonyms, and signed.

Guarantees that every bid that was ever placed in the auction stands in it, and that it is written together with what
was decided.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from accounts.rules.clusters import Clusters
from accounts.rules.tiers import LAST_TIER
from auctions.desks.seals import Seal
from auctions.desks.work import terms_of
from auctions.lifecycle import BidState
from auctions.models import Auction, Bid, Playbook, Transcript
from auctions.rules.editions import transcript_of
from auctions.rules.sealing import Offer, pseudonym_of, salt_of
from auctions.rules.transcript import Decision, NotCounted, OpenedBid, SealedTerms
from backstop.values.documents import plain

GONE = {BidState.CANCELLED: NotCounted.CANCELLED, BidState.VOID: NotCounted.VOID}

Counting = Callable[[Bid, Offer], int | NotCounted]


def sealed_terms(
    auction: Auction,
    playbook: Playbook,
    reserve_edge_bps: Decimal,
    drift_bps: Decimal | None,
    *,
    inverse: bool,
    offer_private_key: bytes | None,
) -> SealedTerms:
    """What the auction is decided by, with the reserve edge at the close and how far marks had moved by then, whether
    inverse edges count, and the key that is released."""
    terms = terms_of(auction, reserve_edge_bps)
    cap = auction.uncontested_cap_bps  # none where release 0.2.0 opened it
    return SealedTerms(
        format=terms.format,
        price_rule=terms.price_rule,
        rationing=terms.rationing,
        units=terms.units,
        reserve_edge_bps=reserve_edge_bps,
        first_rejected_cap_bps=auction.first_rejected_cap_bps,
        uncontested_cap_bps=playbook.uncontested_cap(1) if cap is None else cap,
        min_groups=playbook.min_groups,
        cover_percent=playbook.cover_percent,
        rounds=auction.round,
        inverse=inverse,
        offer_private_key=offer_private_key,
        related_as_one=True,
        continuation_edge_bps=auction.continuation_edge_bps,
        drift_bps=drift_bps,
    )


def opened_bids(
    auction: Auction,
    bids: Sequence[Bid],
    offers: Mapping[UUID, Offer],
    seal: Seal,
    clusters: Clusters[UUID],
    counting: Counting,
) -> tuple[OpenedBid, ...]:
    """The bids, given in order, under pseudonyms, groups that count as one under one. `counting` says with how many
    units a live one takes part, or why it does not."""
    return tuple(
        _opened(auction, place, bid, offers.get(bid.id), seal, clusters, counting) for place, bid in enumerate(bids, 1)
    )


def transcript_row(auction: Auction, terms: SealedTerms, bids: Sequence[OpenedBid], decision: Decision) -> Transcript:
    """What was decided, signed; not saved."""
    signed = transcript_of(auction.id, terms, bids, decision, settings.SIGNING_KEY)
    return Transcript(auction=auction, document=plain(signed))


def _opened(
    auction: Auction,
    place: int,
    bid: Bid,
    offer: Offer | None,
    seal: Seal,
    clusters: Clusters[UUID],
    counting: Counting,
) -> OpenedBid:
    counted: int | NotCounted = GONE.get(BidState(bid.state), NotCounted.VOID)
    if offer is not None and bid.state == BidState.LIVE:
        counted = counting(bid, offer)
    return OpenedBid(
        sequence=place,
        provider=pseudonym_of(seal.key, bid.provider_id),
        group=pseudonym_of(seal.key, clusters.of(bid.provider.group_id)),
        tier=auction.tiers.get(str(bid.provider_id), LAST_TIER),
        round=bid.round,
        is_commitment=bid.commitment_id is not None,
        state=str(bid.state),
        offer=offer,
        max_units=bid.max_units,
        max_pay_bps=bid.max_pay_bps,
        salt=salt_of(seal.key, bid.provider_id, bid.client_bid_id),
        digest=bytes(bid.digest or b""),
        counted_units=counted if isinstance(counted, int) else 0,
        not_counted=counted if isinstance(counted, NotCounted) else None,
        sealed_offer=bytes(bid.sealed_offer or b"") if seal.is_by_provider(bid) else None,
        received_at=bid.created_at,
        max_drift_bps=bid.max_drift_bps,
        expires_at=bid.expires_at,
    )
