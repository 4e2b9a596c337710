"""The transcript of a sealed auction: everything that decided it, for everybody to compute again.

Providers and groups stand in it under names that hold for this auction alone. Its Merkle root is over the leaves that
receipts promise. A field that it gets, loses or writes in another way makes a new edition: see editions.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from auctions.rules import clearing
from auctions.rules.receipts import Entry
from auctions.rules.sealing import Offer
from backstop.values.merkle import tree_of


class NotCounted(StrEnum):
    """Why a bid took no part when the auction was decided."""

    CANCELLED = "CANCELLED"  # its provider took it back
    VOID = "VOID"  # what it was for changed
    EXCLUDED = "EXCLUDED"  # its provider may not take part in this account's auction
    EXHAUSTED = "EXHAUSTED"  # its commitment had nothing left to offer
    UNDECIDED = "UNDECIDED"  # the auction ended without being decided: marks were missing, or had moved too far


@dataclass(frozen=True, slots=True)
class SealedTerms:
    """What was sold and how. `reserve_edge_bps` is the reserve at the close; `uncontested_cap_bps` bounds it where
    competition is missing (`min_groups`, `cover_percent`). `rounds` is how often the window was open. `inverse` says
    that bids count with their inverse edges: what was sold is net short, which bidders did not see. Where providers
    sealed their bids themselves, `offer_private_key` opens them. `related_as_one`: VICKREY paid a group as one bidder,
    which before version 4 it did not. `continuation_edge_bps` is what a unit was reckoned to cost in the next step when
    the auction opened (None: nothing was cut back). Until the close marks had moved by up to `drift_bps` (None where
    there were none)."""

    format: clearing.Format
    price_rule: clearing.PriceRule
    rationing: clearing.Rationing
    units: int
    reserve_edge_bps: Decimal
    first_rejected_cap_bps: Decimal
    uncontested_cap_bps: Decimal
    min_groups: int
    cover_percent: int
    rounds: int
    inverse: bool = False
    offer_private_key: bytes | None = None
    related_as_one: bool = False
    continuation_edge_bps: Decimal | None = None
    drift_bps: Decimal | None = None

    @property
    def takes_packages(self) -> bool:
        """Whether bids might be packages."""
        return clearing.ClearingTerms(self.format, self.units, price_rule=self.price_rule).takes_packages


@dataclass(frozen=True, slots=True)
class OpenedBid:
    """A bid with what it hid. `sequence` is its place among the auction's bids, from 1, which stand in the order in
    which they were received. `provider` and `group` are pseudonyms; `state` is what became of it; a bid whose seal was
    broken, or was not for it, has no `offer`. `sealed_offer` is what a provider sent who sealed it itself.

    `counted_units` are those that took part: fewer than offered where a commitment had less left, 0 where the bid was
    not counted, and then `not_counted` says why. It stood up to a drift of `max_drift_bps`; before version 6 that was
    not said, nor of a bid that a program of before took in. It was to stand until `expires_at` (None: to the end),
    which version 7 says at first.
    """

    sequence: int
    provider: str
    group: str
    tier: int
    round: int
    is_commitment: bool
    state: str
    offer: Offer | None
    max_units: int
    max_pay_bps: Decimal
    salt: bytes
    digest: bytes
    counted_units: int
    not_counted: NotCounted | None
    sealed_offer: bytes | None = None
    received_at: datetime | None = None
    max_drift_bps: Decimal | None = None
    expires_at: datetime | None = None

    def entry(self, auction_id: UUID) -> Entry:
        """The bid as a leaf; where it does not say when it was received, by its sequence."""
        return Entry(auction_id, self.received_at, self.digest, None if self.received_at else self.sequence)


@dataclass(frozen=True, slots=True)
class DecidedAward:
    """What the rules give a bid, and how many of these units its provider's collateral covered: percents where bids
    were in percent, and then rounded up."""

    sequence: int
    units: int
    edge_bps: Decimal
    given_units: int


@dataclass(frozen=True, slots=True)
class CutBack:
    """Units of a bid that filling would have sold, and that were not bought, as too dear for the whole bill. They stay
    firm for the lot's next Dutch auction, as far as collateral covers them."""

    sequence: int
    units: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, in the words of a clearing's outcome; `payments` are by pseudonym.

    `awards` are at the edges that are settled: in a VICKREY auction a bid may have two. `undecided` is why nothing
    could be decided; empty otherwise. `cut` is by edge, then precedence; filling would have paid at most
    `filling_edge_bps`.
    """

    contested: bool
    result: clearing.Result
    clearing_edge_bps: Decimal | None
    unfilled_units: int
    optimal: bool | None
    gap: Decimal | None
    awards: tuple[DecidedAward, ...]
    payments: Mapping[str, Decimal]
    undecided: str = ""
    cut: tuple[CutBack, ...] = ()
    filling_edge_bps: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TranscriptDocument:
    """What is published about one auction, signed by the holder of `public_key`; bids by sequence."""

    version: int
    auction_id: UUID
    terms: SealedTerms
    bids: tuple[OpenedBid, ...]
    root: bytes
    outcome: Decision
    public_key: bytes
    signature: bytes


def root_of(auction_id: UUID, bids: Sequence[OpenedBid]) -> bytes:
    """The Merkle root over the bids, in the order in which they are given."""
    return tree_of([bid.entry(auction_id).leaf for bid in bids]).root


def is_contested(terms: SealedTerms, bids: Sequence[OpenedBid]) -> bool:
    """Whether the bids that count make the auction contested."""
    return _competition(terms, _provable(terms, _counted(terms, bids)))[1]


def decide(terms: SealedTerms, bids: Sequence[OpenedBid], *, shares_proof: bool = True) -> Decision:
    """What the rules decide by the bids that count (in any order), if collateral covers all of it.

    What they refuse to decide is unfilled. `shares_proof`: packages that are too many for exact payments are left out,
    of each group those above its share; once, they left the auction undecided.
    """
    counted = _counted(terms, bids)
    if shares_proof:
        counted = _provable(terms, counted)
    reserve, contested = _competition(terms, counted)
    cleared = clearing.ClearingTerms(
        format=terms.format,
        units=terms.units,
        reserve_edge_bps=reserve,
        price_rule=terms.price_rule,
        rationing=terms.rationing,
        first_rejected_cap_bps=terms.first_rejected_cap_bps,
        related_as_one=terms.related_as_one,
        continuation_edge_bps=terms.continuation_edge_bps,
    )
    try:
        outcome = clearing.clear(cleared, counted)
    except clearing.ClearingRefused as refused:
        unfilled = clearing.Result.UNFILLED
        return Decision(contested, unfilled, None, terms.units, None, None, (), {}, undecided=refused.problem)
    return Decision(
        contested=contested,
        result=outcome.result,
        clearing_edge_bps=outcome.clearing_edge_bps,
        unfilled_units=outcome.unfilled_units,
        optimal=outcome.optimal,
        gap=outcome.gap,
        awards=tuple(
            DecidedAward(int(award.bid), award.units, award.edge_bps, award.units)
            for award in clearing.payable_awards(cleared, outcome)
        ),
        payments=outcome.payments,
        cut=tuple(
            CutBack(bid.sequence, outcome.cut[bid.id])
            for bid in sorted(counted, key=lambda bid: (bid.edge_bps, bid.precedence))
            if bid.id in outcome.cut
        ),
        filling_edge_bps=outcome.filling_edge_bps,
    )


def _competition(terms: SealedTerms, counted: Sequence[clearing.ClearingBid]) -> tuple[Decimal, bool]:
    return clearing.reserve_by_competition(
        counted, terms.units, terms.reserve_edge_bps, terms.min_groups, terms.cover_percent, terms.uncontested_cap_bps
    )


def _provable(terms: SealedTerms, counted: Sequence[clearing.ClearingBid]) -> list[clearing.ClearingBid]:
    return clearing.provable(counted, terms.format, terms.units, terms.reserve_edge_bps)


def _counted(terms: SealedTerms, bids: Sequence[OpenedBid]) -> list[clearing.ClearingBid]:
    return [
        clearing.ClearingBid(
            id=str(bid.sequence),
            provider=bid.provider,
            group=bid.group,
            units=bid.counted_units,
            edge_bps=bid.offer.edge_for(inverse=terms.inverse),
            sequence=bid.sequence,
            tier=bid.tier,
            all_or_none=bid.offer.all_or_none,
            min_units=bid.offer.min_units,
            round=bid.round,
        )
        for bid in bids
        if bid.offer is not None and bid.counted_units
    ]
