"""How much clusters of firms may be given within their venue's limits: what they hold, and what they have offered.

The live bids and the readiness of a cluster count at their most.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import F, Sum
from django.db.models.functions import Coalesce, Least

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
    """What is held within some limits of these venues.

    Where a provider is told what fits, offers in an auction that hides its lot count `as_shown`: by its band's upper
    end, so that nobody reckons its size by what is left.
    """

    def __init__(self, venue_ids: Iterable[UUID], limits: Iterable[ExposureLimit], *, as_shown: bool = True) -> None:
        self._as_shown = as_shown
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
        elsewhere = total(worth for step, worth in self._offered_of(key, asset).items() if step != step_id)
        own = [replace(piece, provider_id=provider_id) for piece in lot]
        return units_that_fit(held, elsewhere, self._limits[key], own, of_units, units)

    def note(self, provider_id: UUID, asset: Asset, given: Sequence[Piece]) -> None:
        """Count this as given, for what follows of the batch."""
        key = self._key(provider_id, asset)
        held = None if key is None else self._held_of(key)
        if held is not None:
            held += [replace(piece, provider_id=provider_id) for piece in given]

    def forget_offers_in(self, provider_id: UUID, asset: Asset, step_id: UUID) -> None:
        """Count no more what was offered in a step that is decided, for what follows of the batch."""
        key = self._key(provider_id, asset)
        if key in self._offered:
            self._offered[key].pop(step_id, None)

    def note_offer_of(self, provider_id: UUID, asset: Asset, step_id: UUID, auction: Auction, units: int) -> None:
        """Count units that stay offered in a step, for what follows of the batch."""
        key = self._key(provider_id, asset)
        offered = None if key is None else self._offered.get(key)
        if offered is not None:  # else they are read yet, as they were bid
            offered[step_id] = total([offered.get(step_id, ZERO), self._notional_of(auction, units, asset.scale)])

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
            offers = _units_offered(self._members(key), asset)
            auctions = Auction.objects.select_related("step__lot").in_bulk({auction_id for _, auction_id, _ in offers})
            offered: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
            for step_id, auction_id, units in offers:
                worth = self._notional_of(auctions[auction_id], units, asset.scale)
                offered[step_id] = total([offered[step_id], worth])
            self._offered[key] = offered
        return self._offered[key]

    def _notional_of(self, auction: Auction, units: int, scale: int) -> Decimal:
        """The notional of so many of its units, at the marks of their book's intake."""
        if self._as_shown and auction.hides_lot and auction.band_up_to is not None:
            return divide_up(multiply(units, auction.band_up_to), auction.units, scale)
        lot = auction.step.lot
        return divide_up(multiply(units, auction.offered_units, lot.notional), auction.units * lot.units, scale)


def _units_offered(provider_ids: Collection[UUID], asset: Asset) -> list[tuple[UUID, UUID, int]]:
    """How many units live bids, readiness and what was cut back ask for, each for no more than there are: by the step
    that decides of them, and the auction whose units these are. The database adds up, however many they are."""
    of_auctions = {"provider__in": provider_ids, "auction__step__lot__book__asset": asset}
    counted: list[tuple[UUID, UUID, int]] = []
    for words, units in (
        (Bid.objects.filter(**of_auctions, state=BidState.LIVE), "max_units"),
        (Readiness.objects.filter(**of_auctions, state=ReadinessState.LIVE), "units_left"),
    ):
        most = Sum(Least(F(units), F("auction__units")))
        counted += words.order_by().values_list("auction__step", "auction").annotate(most=most)
    cut = CutBid.objects.filter(provider__in=provider_ids, lot__book__asset=asset, state=CutBidState.LIVE)
    decides = Coalesce("waits_in__step", "bid__auction__step")
    most = Sum(Least(F("units"), F("bid__auction__units")))
    return [*counted, *cut.order_by().values_list(decides, "bid__auction").annotate(most=most)]


def get_exposures(provider: Provider) -> Exposures:
    """The limits of a provider's cluster, and what it holds within them now."""
    clusters = load_clusters([provider.venue_id])
    groups = clusters.members(provider.group_id)
    return Exposures([provider.venue_id], ExposureLimit.objects.filter(venue=provider.venue_id, group__in=groups))


def list_units_that_fit(provider: Provider, auction_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many units its cluster may be given as things stand in each of these auctions in which the provider bids for
    more; an auction that hides its lot is left out."""
    rows = Auction.objects.filter(id__in=auction_ids).select_related("step__lot__book__asset")
    auctions = [auction for auction in rows if not auction.hides_lot]
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
