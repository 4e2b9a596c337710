"""The editions of transcripts: every way in which one was ever written and signed, so that it verifies for ever.

An edition never changes. What is to stand in transcripts beside it, be written in another way, or be decided by other
rules makes a new one at the end, with a version of its own, and golden files in tests/golden.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, dataclass, replace
from typing import Any
from uuid import UUID

from auctions.rules.sealing import Offer, framed
from auctions.rules.transcript import Decision, OpenedBid, SealedTerms, TranscriptDocument, root_of
from backstop.values.documents import canonical, plain
from backstop.values.signatures import SigningKey, is_signed


@dataclass(frozen=True, slots=True)
class Edition:
    """Transcripts of a version, with digests over offers of `offer_version`.

    `absent` are the fields that they have not, by the dataclass that has them today: they read as their defaults. With
    `shares_proof` they are decided without the packages that are too many for exact payments; before, not at all.
    """

    version: int
    offer_version: int
    absent: Mapping[type, frozenset[str]]
    shares_proof: bool = False

    @property
    def says_when(self) -> bool:
        """Whether bids say when they were received, and stand in that order by places from 1; before, by sequences in
        which those of other auctions counted too."""
        return "received_at" not in self.absent.get(OpenedBid, ())

    def is_absent(self, value: object, field: Field[Any]) -> bool:
        """Whether transcripts of this edition lack the field of `value`."""
        return field.name in self.absent.get(type(value), ())

    def is_of(self, version: int, terms: Collection[str]) -> bool:
        """Whether a transcript of this version, whose terms have fields of these names, is of this edition."""
        return self.version == version and self.absent.get(SealedTerms, frozenset()).isdisjoint(terms)


_BEFORE_ENDS: Mapping[type, frozenset[str]] = {OpenedBid: frozenset({"expires_at"})}
_BEFORE_DRIFT: Mapping[type, frozenset[str]] = {
    SealedTerms: frozenset({"drift_bps"}),
    OpenedBid: _BEFORE_ENDS[OpenedBid] | {"max_drift_bps"},
}
_BEFORE_CUTS = {
    **_BEFORE_DRIFT,
    SealedTerms: _BEFORE_DRIFT[SealedTerms] | {"continuation_edge_bps"},
    Decision: frozenset({"cut", "filling_edge_bps"}),
}
_BEFORE_RELATED = {**_BEFORE_CUTS, SealedTerms: _BEFORE_CUTS[SealedTerms] | {"related_as_one"}}

EDITIONS = (
    Edition(
        version=1,
        offer_version=1,
        absent={
            **_BEFORE_RELATED,
            SealedTerms: _BEFORE_RELATED[SealedTerms] | {"inverse", "offer_private_key"},
            OpenedBid: _BEFORE_DRIFT[OpenedBid] | {"sealed_offer", "received_at"},
            Offer: frozenset({"inverse_edge_bps"}),
        },
    ),
    Edition(
        version=2,
        offer_version=2,
        absent={
            **_BEFORE_RELATED,
            SealedTerms: _BEFORE_RELATED[SealedTerms] | {"offer_private_key"},
            OpenedBid: _BEFORE_DRIFT[OpenedBid] | {"sealed_offer", "received_at"},
        },
    ),
    # Bids that providers seal came without a number of their own.
    Edition(
        version=2,
        offer_version=2,
        absent={**_BEFORE_RELATED, OpenedBid: _BEFORE_DRIFT[OpenedBid] | {"received_at"}},
    ),
    Edition(version=3, offer_version=2, absent=_BEFORE_RELATED),
    Edition(version=4, offer_version=2, absent=_BEFORE_CUTS, shares_proof=True),
    Edition(version=5, offer_version=2, absent=_BEFORE_DRIFT, shares_proof=True),
    Edition(version=6, offer_version=2, absent=_BEFORE_ENDS, shares_proof=True),
    Edition(version=7, offer_version=2, absent={}, shares_proof=True),
)
NEWEST = EDITIONS[-1]


def edition_of(version: int, terms: Collection[str]) -> Edition | None:
    """The edition of a transcript of this version whose terms have fields of these names; None where there is none."""
    return next((edition for edition in EDITIONS if edition.is_of(version, terms)), None)


def transcript_of(
    auction_id: UUID, terms: SealedTerms, bids: Sequence[OpenedBid], outcome: Decision, key: SigningKey
) -> TranscriptDocument:
    """The transcript of these bids (in any order) and what was decided by them, in the newest edition, signed."""
    ordered = tuple(sorted(bids, key=lambda bid: bid.sequence))
    root = root_of(auction_id, ordered)
    draft = TranscriptDocument(NEWEST.version, auction_id, terms, ordered, root, outcome, key.public_key, b"")
    return replace(draft, signature=key.sign(_message(draft, NEWEST)))


def is_kept(transcript: TranscriptDocument, edition: Edition) -> bool:
    """Whether the transcript is as the holder of the key that it names signed it."""
    return is_signed(transcript.public_key, _message(transcript, edition), transcript.signature)


def _message(transcript: TranscriptDocument, edition: Edition) -> bytes:
    document = plain(transcript, omitting=edition.is_absent)
    del document["signature"]
    return framed("transcript", canonical(document))
