"""What stands behind a venue's markets: the funded capacity of standing commitments, by product group and side."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice
from uuid import UUID

from accounts.models import Account, AccountKind, Commitment, ExposureLimit, Provider
from accounts.queries import load_clusters
from accounts.queries.standing import covering, load_bids
from accounts.rules.commitments import CommittedLeg, StandingBid, remaining_capacity
from accounts.rules.sharing.coverage import Coverage, GivenCapacity
from auctions.models import Side
from auctions.queries.exposures import Exposures
from backstop.models import Asset, Instrument, InstrumentKind, ProductGroup
from backstop.queries import get_instrument_terms
from backstop.values.amounts import ZERO, total

MarketSide = tuple[UUID, UUID, str]  # a product group, an asset and a side


@dataclass(frozen=True)
class CoveredMarket:
    """A product group's instruments of one settlement asset."""

    group: ProductGroup
    asset: Asset
    instruments: tuple[UUID, ...]
    hold_rate: Decimal  # what one of notional needs of collateral, of the instrument that needs most

    def told_apart_by(self, scopes: Sequence[UUID]) -> list[UUID]:
        """Of its instruments those that bids for these venues, product groups and instruments name, and of the others,
        which are offered the same, the first; in their order, and none that no bid is for."""
        named = set(scopes)
        apart = [each for each in named if each in self._places]
        if self.group.id in named or self.group.venue_id in named:
            apart += list(islice((each for each in self.instruments if each not in named), 1))
        return sorted(apart, key=self._places.__getitem__)

    @cached_property
    def _places(self) -> dict[UUID, int]:
        return {instrument: place for place, instrument in enumerate(self.instruments)}


@dataclass(frozen=True, slots=True)
class MarketCoverage:
    """What would be taken of one side of a market, each market and side by itself: the same collateral may stand behind
    several."""

    market: CoveredMarket
    side: str
    coverage: Coverage

    @property
    def key(self) -> MarketSide:
        """The product group, asset and side."""
        return self.market.group.id, self.market.asset.id, self.side


def list_coverage(venue_id: UUID, now: datetime, *, only: Container[MarketSide] | None = None) -> list[MarketCoverage]:
    """Of a book received now, by product group, asset and side; `only` of these, where they are given."""
    commitments = list(Commitment.objects.filter(venue=venue_id).select_related("provider__group", "instrument"))
    bids = load_bids(commitments, now, now)
    by_id = {commitment.id: commitment for commitment in commitments}
    providers = {commitment.provider_id: commitment.provider for commitment in commitments}
    scopes = defaultdict(list)
    for provider_id, scope_id in bids:
        scopes[provider_id].append(scope_id)
    clusters = load_clusters([venue_id])
    free = _free_collateral(providers)
    exposures = Exposures([venue_id], ExposureLimit.objects.filter(venue=venue_id), as_shown=False)

    def capacity_of(provider: Provider, market: CoveredMarket, side: str, visited: Sequence[UUID]) -> GivenCapacity:
        offers = [
            remaining_capacity(
                [CommittedLeg(side, Decimal(1), _covering(bids, provider, market, instrument))],
                received_at=now,
                now=now,
                free_collateral=free.get((provider.id, market.asset.id), ZERO),
                unit_hold=market.hold_rate or Decimal(1),  # what needs nothing is funded as if it needed all
                provider_suspended=not provider.may_offer,
            )
            for instrument in visited
        ]
        best = max(offers, key=lambda offer: offer.room(market.asset.scale) or ZERO)
        named = by_id[best.commitment_id] if best.commitment_id else None
        room = exposures.room_of(named, market.asset) if named else None
        return GivenCapacity(
            cluster=clusters.of(provider.group_id),
            notional=best.room(market.asset.scale) or ZERO,
            cluster_room=None if room is None else room.remaining,
        )

    return [
        MarketCoverage(
            market,
            side,
            Coverage.of(
                capacity_of(provider, market, side, visited)
                for provider in providers.values()
                if (visited := market.told_apart_by(scopes[provider.id]))
            ),
        )
        for market in list_markets(venue_id, now)
        for side in (Side.LONG.value, Side.SHORT.value)
        if only is None or (market.group.id, market.asset.id, side) in only
    ]


def list_markets(venue_id: UUID, now: datetime) -> list[CoveredMarket]:
    """A venue's markets, by the codes of product group and asset."""
    found = Instrument.objects.filter(venue=venue_id).select_related("settlement_asset", "product_group")
    instruments = list(found.order_by("product_group__code", "settlement_asset__code", "symbol"))
    rates = _hold_rates(instruments, now)
    members: dict[tuple[ProductGroup, Asset], list[UUID]] = defaultdict(list)
    for instrument in instruments:
        members[instrument.product_group, instrument.settlement_asset].append(instrument.id)
    return [
        CoveredMarket(group, asset, tuple(ids), max(rates[each] for each in ids))
        for (group, asset), ids in members.items()
    ]


def _hold_rates(instruments: Sequence[Instrument], now: datetime) -> dict[UUID, Decimal]:
    terms = get_instrument_terms(instruments, now)
    return {
        each.id: total([terms[each.id].margin_rate, Decimal(each.kind == InstrumentKind.SPOT)]) for each in instruments
    }


def _covering(
    bids: dict[tuple[UUID, UUID], StandingBid], provider: Provider, market: CoveredMarket, instrument: UUID
) -> list[StandingBid]:
    return covering(bids, provider.id, [provider.venue_id, market.group.id, instrument])


def _free_collateral(providers: Iterable[UUID]) -> dict[tuple[UUID | None, UUID], Decimal]:
    accounts = Account.objects.filter(provider__in=list(providers), kind=AccountKind.COLLATERAL)
    return {(account.provider_id, account.asset_id): account.free for account in accounts}
