"""What clusters of firms hold within which limits, and what providers have at stake at their venue."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import ExposureLimit, Holding, HoldingEntry, Provider, ReportedStanding
from accounts.queries.groups import load_clusters
from accounts.rules.exposure import Limits, Piece, PricedTaking, equity_of, exposure_of
from backstop.models import Asset, InstrumentKind, ProductGroup
from backstop.queries import get_venue_terms, list_known_prices
from backstop.values.amounts import ZERO, difference, multiply, total
from backstop.values.marks import estimate_of

_PAGE = 50  # of the awards of a holding


def load_limits(rows: Iterable[ExposureLimit]) -> dict[tuple[UUID, UUID], Limits]:
    """The limits of clusters, by the cluster's name and the asset: of several in a cluster the smallest."""
    rows = list(rows)
    clusters = load_clusters({row.venue_id for row in rows})
    limits: dict[tuple[UUID, UUID], Limits] = defaultdict(Limits)
    for row in rows:
        key = (clusters.of(row.group_id), row.asset_id)
        limits[key] = limits[key].lower(Limits(row.gross_limit, row.net_limit))
    return dict(limits)


def load_pieces(providers: Collection[UUID], asset_ids: Collection[UUID]) -> dict[UUID, list[Piece] | None]:
    """What these providers hold of instruments that settle in these assets, with awards that are not reported yet, at
    marks: by asset; None where something of it was never marked."""
    holdings = list(
        Holding.objects.filter(provider__in=providers, instrument__settlement_asset__in=asset_ids)
        .exclude(quantity=0)
        .select_related("instrument")
    )
    prices = list_known_prices({holding.instrument_id for holding in holdings})
    pieces: dict[UUID, list[Piece] | None] = {asset_id: [] for asset_id in asset_ids}
    for holding in holdings:
        asset_id, known = holding.instrument.settlement_asset_id, prices.get(holding.instrument_id)
        of_asset = pieces[asset_id]
        if known is None or of_asset is None or holding.provider_id is None:
            pieces[asset_id] = None
            continue
        notional = multiply(holding.quantity, estimate_of(known.sources))
        of_asset.append(
            Piece(holding.provider_id, holding.instrument.product_group_id, holding.instrument_id, notional)
        )
    return pieces


@dataclass(frozen=True, slots=True)
class VenueStanding:
    """A provider's equity and requirement at its venue; `reported_at` None: the venue does not say, or not any more,
    and this stands in for it."""

    equity: Decimal
    requirement: Decimal
    reported_at: datetime | None = None
    included_sequence: int | None = None


def get_standing(provider: Provider, asset: Asset, now: datetime) -> VenueStanding:
    """As its venue reported it, with later settlements on top. Where that is too old, or missing: the margin that it
    delivered for what it holds of settled awards, the newest first, and the profit of that since their marks, against
    nothing, so that a silent venue blocks nobody who is not under water.
    """
    reported = ReportedStanding.objects.filter(provider=provider, asset=asset).first()
    max_age = timedelta(seconds=get_venue_terms(provider.venue, now).exposure_max_age_seconds)
    if reported is None or now - reported.reported_at > max_age:
        return VenueStanding(_worth_of_holdings(provider, asset), ZERO)
    later = _marked_entries(provider, asset, settlement_sequence__gt=reported.included_sequence)
    margin = total(entry.margin or ZERO for entry, _ in later)
    gained = total(multiply(entry.quantity, difference(mark, entry.price or mark)) for entry, mark in later)
    equity, requirement = total([reported.equity, margin, gained]), total([reported.requirement, margin])
    return VenueStanding(equity, requirement, reported.reported_at, reported.included_sequence)


def _worth_of_holdings(provider: Provider, asset: Asset) -> Decimal:
    coming = HoldingEntry.objects.filter(holding=OuterRef("id"), settlement_sequence=None).order_by()
    not_settled = coming.values("holding").annotate(quantity=Sum("quantity")).values("quantity")
    contracts = Holding.objects.filter(
        provider=provider, instrument__settlement_asset=asset, instrument__kind=InstrumentKind.LINEAR
    )
    holdings = list(contracts.annotate(coming=Coalesce(Subquery(not_settled), ZERO)))
    prices = list_known_prices({holding.instrument_id for holding in holdings})
    return total(
        equity_of(held, estimate_of(prices[holding.instrument_id].sources), _newest_taken(holding, held), asset.scale)
        for holding in holdings
        if holding.instrument_id in prices and (held := difference(holding.quantity, holding.coming))
    )


def _newest_taken(holding: Holding, held: Decimal) -> list[PricedTaking]:
    """What settled awards added to it on the side of what is `held`, the newest first: so many as are that much, and
    a page more at most."""
    side = {"quantity__gt": 0} if held > 0 else {"quantity__lt": 0}
    settled = holding.entries.filter(**side, settlement_sequence__isnull=False).order_by("-settlement_sequence")
    taken: list[PricedTaking] = []
    left = held.copy_abs()
    while left > 0:
        rows = settled.values_list("quantity", "price", "margin")[len(taken) : len(taken) + _PAGE]
        page = [PricedTaking(*row) for row in rows]
        taken += page
        left = difference(left, *(each.quantity.copy_abs() for each in page)) if page else ZERO
    return taken


def _marked_entries(provider: Provider, asset: Asset, **which: Any) -> list[tuple[HoldingEntry, Decimal]]:
    """What awards, `which` of them, added to its linear holdings, with the marks of now; spot is paid in full and owes
    nothing."""
    entries = list(
        HoldingEntry.objects.filter(
            holding__provider=provider,
            holding__instrument__settlement_asset=asset,
            holding__instrument__kind=InstrumentKind.LINEAR,
            **which,
        ).select_related("holding")
    )
    prices = list_known_prices({entry.holding.instrument_id for entry in entries})
    return [
        (entry, estimate_of(prices[entry.holding.instrument_id].sources))
        for entry in entries
        if entry.holding.instrument_id in prices
    ]


@dataclass(frozen=True, slots=True)
class GroupExposure:
    """Notionals at marks of what somebody holds in a product group, by code; the net is long above zero."""

    product_group: str
    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class AssetExposure:
    """What a provider holds, and has at stake at its venue, in an asset, by code."""

    asset: str
    equity: Decimal
    requirement: Decimal
    reported_at: datetime | None
    included_sequence: int | None
    holdings: list[GroupExposure]


def list_exposures(provider: Provider, now: datetime) -> list[AssetExposure]:
    """In every asset of its venue, by code."""
    assets = list(Asset.objects.filter(venue=provider.venue_id).order_by("code"))
    pieces = load_pieces([provider.id], [asset.id for asset in assets])
    codes = dict(ProductGroup.objects.filter(venue=provider.venue_id).values_list("id", "code"))
    found = []
    for asset in assets:
        standing = get_standing(provider, asset, now)
        found.append(
            AssetExposure(
                asset.code,
                standing.equity,
                standing.requirement,
                standing.reported_at,
                standing.included_sequence,
                _by_group(pieces[asset.id], codes),
            )
        )
    return found


def _by_group(pieces: list[Piece] | None, codes: Mapping[UUID, str]) -> list[GroupExposure]:
    by_code: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces or ():
        by_code[codes[piece.product_group_id]].append(piece)
    return [
        GroupExposure(code, exposure_of(of_group).gross, total(piece.notional for piece in of_group))
        for code, of_group in sorted(by_code.items())
    ]
