"""What is shown: commitments with their terms and what is left of them, money that moved, and groups of firms.

Each needs a fixed number of queries.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import Account, AccountKind, Commitment, CommitmentTerms, Group, Provider, Transfer
from accounts.queries.standing import covering, load_bids, scope_of
from accounts.rules.clusters import Clusters, clusters
from accounts.rules.commitments import Capacity, CommittedLeg, remaining_capacity
from accounts.rules.terms import columns_of
from backstop.models import Asset, Instrument, InstrumentKind
from backstop.queries import get_instrument_terms
from backstop.values.amounts import ZERO, total


@dataclass(frozen=True, slots=True)
class AssetCapacity:
    """What is left of a commitment now, in one settlement asset of its scope."""

    asset: Asset
    capacity: Capacity

    @property
    def remaining(self) -> Decimal | None:
        """Notional that may be taken; None where no cap limits it."""
        return self.capacity.room(self.asset.scale)


def get_capacity(commitment: Commitment, now: datetime) -> list[AssetCapacity]:
    """What is left of a commitment for a book received now, merged with the provider's wider ones; by asset code.

    Collateral counts for the instrument of its scope that needs most of it.
    """
    standing = load_bids(list(Commitment.objects.filter(provider_id=commitment.provider_id)), now, now)
    (own,) = covering(standing, commitment.provider_id, [scope_of(commitment)])
    bids = covering(standing, commitment.provider_id, _scopes_down_to(commitment))
    stands = own.terms_for(now) is not None
    return [
        AssetCapacity(
            asset,
            remaining_capacity(
                [CommittedLeg(None, Decimal(1), bids if stands else [own])],
                received_at=now,
                now=now,
                free_collateral=get_free_collateral(commitment.provider, asset),
                unit_hold=hold,
                provider_suspended=not commitment.provider.may_offer,
            ),
        )
        for asset, hold in _hold_rates(commitment, now).items()
    ]


def get_free_collateral(provider: Provider, asset: Asset) -> Decimal:
    """What of a provider's collateral nothing is held for; zero where it has no account yet."""
    account = Account.objects.filter(provider=provider, asset=asset, kind=AccountKind.COLLATERAL).first()
    return account.free if account else ZERO


def list_commitments(provider_id: UUID, now: datetime) -> QuerySet[Commitment]:
    """A provider's commitments; `current_terms` holds those in force and those that are announced, oldest first."""
    in_force = CommitmentTerms.objects.filter(commitment=OuterRef("commitment"), effective_at__lte=now)
    newest = Subquery(in_force.order_by("-effective_at").values("id")[:1])
    terms = CommitmentTerms.objects.filter(Q(effective_at__gt=now) | Q(id=newest)).order_by("effective_at")
    return (
        Commitment.objects.filter(provider_id=provider_id)
        .select_related("product_group", "instrument")
        .prefetch_related(Prefetch("terms", queryset=terms, to_attr="current_terms"))
    )


def version_of(commitment: Any) -> str:
    """Another whenever one of the `current_terms` of a commitment is another, or how it stands: 32 letters."""
    terms = [[row.effective_at, *columns_of(row.terms).values()] for row in commitment.current_terms]
    said = [commitment.id, commitment.state, commitment.state_reason, commitment.active_at, terms]
    return sha256(json.dumps(said, cls=DjangoJSONEncoder).encode()).hexdigest()[:32]


def list_transfers() -> QuerySet[Transfer]:
    """Money that moved, of everybody, with the accounts that it moved between."""
    return Transfer.objects.select_related("debit__asset", "credit__asset")


def list_groups(venue_id: UUID) -> QuerySet[Group]:
    """A venue's groups, with those that are declared related to each."""
    return Group.objects.filter(venue=venue_id).prefetch_related(Prefetch("related", Group.objects.order_by("name")))


def load_named_clusters(venue_id: UUID, database: str | None = None) -> Clusters[str]:
    """The clusters of a venue's groups, by name, as the database of this alias shows them."""
    pairs = Group.related.through.objects.using(database).filter(from_group__venue=venue_id)
    return clusters(pairs.values_list("from_group__name", "to_group__name"))


def _scopes_down_to(commitment: Commitment) -> list[UUID]:
    if commitment.instrument is not None:
        return [commitment.venue_id, commitment.instrument.product_group_id, commitment.instrument.id]
    return [commitment.venue_id, *([commitment.product_group_id] if commitment.product_group_id else [])]


def _hold_rates(commitment: Commitment, now: datetime) -> dict[Asset, Decimal]:
    """The settlement assets of its scope, each with the most collateral that one of notional needs there."""
    instruments = Instrument.objects.filter(venue_id=commitment.venue_id).select_related("settlement_asset")
    if commitment.instrument_id:
        instruments = instruments.filter(id=commitment.instrument_id)
    if commitment.product_group_id:
        instruments = instruments.filter(product_group_id=commitment.product_group_id)
    rates: dict[Asset, Decimal] = {}
    found = list(instruments.order_by("settlement_asset__code"))
    terms = get_instrument_terms(found, now)
    for instrument in found:
        paid_in_full = instrument.kind == InstrumentKind.SPOT
        rate = total([terms[instrument.id].margin_rate, Decimal(paid_in_full)])
        rates[instrument.settlement_asset] = max(rate, rates.get(instrument.settlement_asset, ZERO))
    return rates
