"""How much clusters of firms may be given within their venue's limits: what they hold, and what they have offered.

The live bids and the readiness of a cluster count at their most.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Sum

from accounts.models import Commitment, ExposureLimit, Provider
from accounts.queries import load_clusters, load_limits, load_pieces
from accounts.rules.clusters import Clusters
from accounts.rules.exposure import (
    Exposure,
    Limits,
    Piece,
    binding_limits,
    exposure_of,
    notional_that_fits,
    units_that_fit,
)
from auctions.lifecycle import BidState, CutBidState, ReadinessState
from auctions.models import Auction, Bid, CutBid, Position, Readiness, Side
from backstop.models import Asset
from backstop.values.amounts import EXACT, ZERO, divide_up, multiply, total

NOBODY = UUID(int=0)  # whose pieces are asked for before it is known who gets them
_Key = tuple[UUID, UUID]  # a cluster and an asset


@dataclass(frozen=True, slots=True)
class ExposureRoom:
    """What a provider's cluster holds in an asset, and has `offered` at the most, within its limits; `remaining` is how
    much more of one instrument it may be given, and `binding` which of "gross" and "net" leaves no more. No exposure,
    and nothing remains, where something that it holds was never marked."""

    limits: Limits
    exposure: Exposure | None
    offered: Decimal
    remaining: Decimal
    binding: frozenset[str]


class Exposures:
    """What is held within some limits of these venues."""

    def __init__(self, venue_ids: Iterable[UUID], limits: Iterable[ExposureLimit]) -> None:
        self._venues = set(venue_ids)
        self._limits = load_limits(limits)
        self._held: dict[_Key, list[Piece] | None] = {}
        self._offered: dict[_Key, dict[UUID, Decimal]] = {}

    def fitting_of(
        self, provider_id: UUID, asset: Asset, lot: Sequence[Piece], of_units: int, units: int, step_id: UUID
    ) -> int:
        """How many of `units` the provider may be given where `lot` is so many, whatever it has offered in this step;
        none where something that its cluster holds was never marked."""
        key = self._key(provider_id, asset)
        if key is None or not units:
            return units
        held = self._held_of(key)
        if held is None:
            return 0
        offered = self._offered_of(key, asset)
        offered.pop(step_id, None)
        own = [replace(piece, provider_id=provider_id) for piece in lot]
        return units_that_fit(held, total(offered.values()), self._limits[key], own, of_units, units)

    def note(self, provider_id: UUID, asset: Asset, given: Sequence[Piece]) -> None:
        """Count this as given, for what follows of the batch."""
        key = self._key(provider_id, asset)
        held = None if key is None else self._held_of(key)
        if held is not None:
            held += [replace(piece, provider_id=provider_id) for piece in given]

    def note_offer_of(self, provider_id: UUID, asset: Asset, step_id: UUID, auction: Auction, units: int) -> None:
        """Count units that stay offered in a step, for what follows of the batch."""
        key = self._key(provider_id, asset)
        offered = None if key is None else self._offered.get(key)
        if offered is not None:  # else they are read yet, as they were bid
            offered[step_id] = total([offered.get(step_id, ZERO), _notional_of(auction, units, asset.scale)])

    def room_of(self, commitment: Commitment, asset: Asset) -> ExposureRoom | None:
        """What its cluster may be given yet of what a commitment is for; None where it is not limited."""
        key = self._key(commitment.provider_id, asset)
        if key is None:
            return None
        limits, held = self._limits[key], self._held_of(key)
        offered = total(self._offered_of(key, asset).values())
        if held is None:
            return ExposureRoom(limits, None, offered, ZERO, frozenset())
        scope = commitment.instrument or commitment
        like = Piece(
            commitment.provider_id,
            scope.product_group_id or NOBODY,
            commitment.instrument_id or NOBODY,
            Decimal(1).scaleb(-asset.scale, context=EXACT),
        )
        remaining = notional_that_fits(held, offered, limits, like, asset.scale)
        binding = binding_limits(held, offered, limits, like, asset.scale)
        return ExposureRoom(limits, exposure_of(held), offered, remaining, binding)

    @cached_property
    def _clusters(self) -> Clusters[UUID]:
        return load_clusters(self._venues)

    @cached_property
    def _cluster_of(self) -> dict[UUID, UUID]:
        rows = Provider.objects.filter(venue__in=self._venues).values_list("id", "group_id")
        return {provider_id: self._clusters.of(group_id) for provider_id, group_id in rows}

    def _key(self, provider_id: UUID, asset: Asset) -> _Key | None:
        """Where its cluster is limited in the asset."""
        if not self._limits:
            return None
        key = (self._cluster_of[provider_id], asset.id)
        return key if key in self._limits else None

    def _members(self, key: _Key) -> list[UUID]:
        return [provider_id for provider_id, cluster in self._cluster_of.items() if cluster == key[0]]

    def _held_of(self, key: _Key) -> list[Piece] | None:
        if key not in self._held:
            self._held[key] = load_pieces(self._members(key), [key[1]])[key[1]]
        return self._held[key]

    def _offered_of(self, key: _Key, asset: Asset) -> dict[UUID, Decimal]:
        """The most that live bids, readiness and what was cut back may add, by the step of their auction."""
        if key not in self._offered:
            whose = {"provider__in": self._members(key), "auction__step__lot__book__asset": asset}
            live = Bid.objects.filter(**whose, state=BidState.LIVE).select_related("auction__step__lot")
            ready = Readiness.objects.filter(**whose, state=ReadinessState.LIVE).select_related("auction__step__lot")
            offered: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
            words = [(bid.auction, bid.max_units) for bid in live]
            words += [(stands.auction, stands.units_left) for stands in ready]
            offers = [(auction.step_id, auction, most_units) for auction, most_units in words]
            cut = CutBid.objects.filter(provider__in=self._members(key), lot__book__asset=asset, state=CutBidState.LIVE)
            offers += [
                ((each.waits_in or each.bid.auction).step_id, each.bid.auction, each.units)
                for each in cut.select_related("waits_in", "bid__auction__step__lot")
            ]
            for step_id, auction, most_units in offers:
                offered[step_id] = total([offered[step_id], _notional_of(auction, most_units, asset.scale)])
            self._offered[key] = offered
        return self._offered[key]


def _notional_of(auction: Auction, most_units: int, scale: int) -> Decimal:
    """The notional of so many units, or of all there are, at the marks of their book's intake."""
    lot = auction.step.lot
    units = multiply(min(most_units, auction.units), auction.offered_units, lot.notional)
    return divide_up(units, auction.units * lot.units, scale)


def get_exposures(provider: Provider) -> Exposures:
    """The limits of a provider's cluster, and what it holds within them now."""
    clusters = load_clusters([provider.venue_id])
    groups = clusters.members(provider.group_id)
    return Exposures([provider.venue_id], ExposureLimit.objects.filter(venue=provider.venue_id, group__in=groups))


def list_units_that_fit(provider: Provider, auction_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many units its cluster may be given as things stand in each of these auctions in which the provider bids for
    more; an auction that hides its lot is left out."""
    auctions = [
        auction
        for auction in Auction.objects.filter(id__in=auction_ids).select_related("step__lot__book__asset")
        if not auction.hides_lot
    ]
    own = Bid.objects.filter(provider=provider, auction__in=auctions, state=BidState.LIVE)
    bid_for = dict(own.values_list("auction").annotate(Sum("max_units")))
    positions: dict[UUID | None, list[Position]] = defaultdict(list)
    of_lots = Position.objects.filter(lot__in=[auction.step.lot_id for auction in auctions])
    for position in of_lots.select_related("instrument"):
        positions[position.lot_id].append(position)
    exposures = get_exposures(provider)
    fits: dict[UUID, int] = {}
    for auction in auctions:
        lot = auction.step.lot
        pieces = [_piece_of(position, auction.marks) for position in positions[lot.id]]
        wanted = min(bid_for.get(auction.id, 0), auction.units)
        fitting = exposures.fitting_of(provider.id, lot.book.asset, pieces, lot.units, wanted, auction.step_id)
        if fitting < wanted:
            fits[auction.id] = fitting
    return fits


def _piece_of(position: Position, marks: Mapping[UUID, Decimal]) -> Piece:
    worth = multiply(position.quantity, marks[position.instrument_id], 1 if position.side == Side.LONG else -1)
    return Piece(NOBODY, position.instrument.product_group_id, position.instrument_id, worth)
