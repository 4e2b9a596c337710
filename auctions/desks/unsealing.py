"""Unsealing: the bids of auctions whose time has come are opened, so that it can be decided who takes what.

Guarantees that what was opened is written only together with the decision, that what was taken back or is void stays
sealed and costs the close nothing, and that a bid whose seal is broken counts for nothing and holds nothing up.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from django.db import DatabaseError, connection

from accounts.rules.clusters import Clusters
from auctions.desks.seals import Seal, load_seals_to_open
from auctions.desks.transcripts import Counting, opened_bids
from auctions.lifecycle import BidState, StepKind
from auctions.models import Auction, Bid
from auctions.rules.closing import KEY_MISSING
from auctions.rules.encryption import SealBroken
from auctions.rules.provider_sealing import is_takeable
from auctions.rules.sealing import Offer
from auctions.rules.transcript import OpenedBid
from backstop.database import sqlstate_of

SEAL_BROKEN = "what is stored of the bid is not what was sealed"

OFFER_UNREADABLE = "what its provider sealed cannot be opened as this bid"

OFFER_NOT_TAKEABLE = "what its provider sealed is beyond its maxima, or nothing that the auction takes"


class SealedBids:
    """All bids of a batch of auctions that are locked alone; `offers` are what those that were opened say, by bid."""

    def __init__(self, auctions: Sequence[Auction]) -> None:
        sealed = [auction.id for auction in auctions if auction.kind == StepKind.SEALED]
        by_id = {auction.id: auction for auction in auctions}
        self._seals = load_seals_to_open([by_id[auction] for auction in sealed])
        self._without_key = set(sealed) - self._seals.keys()
        self._bids: dict[UUID, list[Bid]] = {auction: [] for auction in sealed}
        for bid in Bid.objects.filter(auction__in=sealed).order_by(*Bid.IN_ORDER).select_related("provider"):
            bid.auction = by_id[bid.auction_id]
            self._bids[bid.auction_id].append(bid)
        self.offers: dict[UUID, Offer] = {}

    def has_key(self, auction: Auction) -> bool:
        """Whether they can be opened: not where the master key of the auction's key is missing."""
        return auction.id not in self._without_key

    def live(self, auction: Auction) -> dict[int, Bid]:
        """Its live bids, by their places among all of its bids, from 1, and in that order."""
        bids = enumerate(self._bids.get(auction.id, []), 1)
        return {place: bid for place, bid in bids if bid.state == BidState.LIVE}

    def open(self, auction: Auction) -> list[tuple[Bid, str]]:
        """Open its live bids; those that cannot be opened, and why, are for the caller to void."""
        seal = self._seals.get(auction.id)
        broken = []
        for bid in self.live(auction).values():
            opened = KEY_MISSING if seal is None else _opened(seal, bid)
            if isinstance(opened, Offer):
                self.offers[bid.id] = opened
            else:
                broken.append((bid, opened))
        return broken

    def released_key(self, auction: Auction) -> bytes | None:
        """What opens the bids that providers sealed, for its transcript; its key is at hand."""
        return self._seals[auction.id].private_key

    def under_pseudonyms(self, auction: Auction, clusters: Clusters[UUID], counting: Counting) -> tuple[OpenedBid, ...]:
        """All its bids, opened, for its transcript; its key is at hand."""
        bids, seal = self._bids[auction.id], self._seals[auction.id]
        return opened_bids(auction, bids, self.offers, seal, clusters, counting)

    def with_states(self, auction: Auction, opened: Sequence[OpenedBid]) -> list[OpenedBid]:
        """The same bids with the states that they have by now."""
        bids = zip(opened, self._bids[auction.id], strict=True)
        return [replace(shown, state=str(bid.state)) for shown, bid in bids]

    def reveal(self, auction: Auction) -> None:
        """Show what was opened, now that the auction is decided."""
        for bid in self._bids.get(auction.id, []):
            if (offer := self.offers.get(bid.id)) is not None:
                bid.reveal(offer)

    def write(self) -> None:
        """Write the state of every bid that it changed, and what is shown of it."""
        bids = [bid for several in self._bids.values() for bid in several if bid.changes]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [[getattr(bid, name) for bid in bids] for name in _COLUMNS])
        for bid in bids:
            bid.remember(_COLUMNS)


def _opened(seal: Seal, bid: Bid) -> Offer | str:
    """What the bid offers; or why it counts for nothing: what a provider sealed was never looked at before."""
    by_provider = seal.is_by_provider(bid)
    try:
        offer = seal.open(bid)
    except SealBroken:
        return OFFER_UNREADABLE if by_provider else SEAL_BROKEN
    if by_provider and not is_takeable(offer, bid.max_units, bid.max_pay_bps, takes_packages=seal.takes_packages):
        return OFFER_NOT_TAKEABLE
    return offer


@contextmanager
def untold() -> Iterator[None]:
    """A block that writes what was opened. What the database says of a row that it refuses would tell what is in it,
    so only the first line of that goes on, which names the constraint."""
    try:
        yield
    except DatabaseError as error:
        told = type(error)(str(error).partition("\n")[0])
        told.sqlstate = sqlstate_of(error)  # type: ignore[attr-defined]  # what has lost its cause keeps its code
        raise told from None


_COLUMNS = (
    "id",
    "state",
    "held",
    "voided_at",
    "void_reason",
    "units",
    "edge_bps",
    "inverse_edge_bps",
    "all_or_none",
    "min_units",
)

_WRITE = """
    UPDATE auctions_bid AS b
    SET state = o.state, held = o.held, voided_at = o.voided_at, void_reason = o.void_reason,
        units = o.units, edge_bps = o.edge_bps, inverse_edge_bps = o.inverse_edge_bps,
        all_or_none = o.all_or_none, min_units = o.min_units
    FROM unnest(%s::uuid[], %s::text[], %s::numeric[], %s::timestamptz[], %s::text[], %s::integer[], %s::numeric[],
                %s::numeric[], %s::boolean[], %s::integer[])
      AS o (id, state, held, voided_at, void_reason, units, edge_bps, inverse_edge_bps, all_or_none, min_units)
    WHERE b.id = o.id
"""
