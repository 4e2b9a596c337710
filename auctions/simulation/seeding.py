"""A venue with everything that it needs to sell books: instruments, playbook, fund, providers, commitments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4

from accounts.models import Group
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.people.create_group import create_group
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from accounts.rules.terms import StandingTerms
from auctions.models import Playbook
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.relate_groups import relate_groups
from backstop.locks import of_transaction
from backstop.models import Asset, Instrument, ProductGroup, Venue
from backstop.transactions import requires_transaction

R = TypeVar("R")
SEEDED = "the plan says so"


@dataclass(frozen=True, slots=True)
class InstrumentPlan:
    """What is traded. A lot holds the instruments of one product group."""

    symbol: str
    kind: str
    product_group: str
    quantity_step: Decimal
    margin_rate: Decimal


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """Who provides liquidity; its standing bids by product group (None: the whole venue)."""

    name: str
    group: str
    collateral: Decimal
    commitments: Mapping[str | None, StandingTerms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VenuePlan:
    """All that is to be seeded. `related` names pairs of groups that count as one."""

    prefix: str
    name: str
    fund: Decimal
    playbook: Mapping[str, Any]
    instruments: Sequence[InstrumentPlan]
    providers: Sequence[ProviderPlan]
    related: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """A provider and its key."""

    provider_id: UUID
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Market:
    """A seeded venue, its key, and its providers."""

    venue_id: UUID
    code: str
    key: str
    seats: tuple[Seat, ...]


@requires_transaction
def seed_market(*, plan: VenuePlan) -> Market:
    """The planned venue, under the next free code."""
    code = f"{plan.prefix}-{Venue.objects.filter(code__startswith=f'{plan.prefix}-').count() + 1}"
    venue = Venue.objects.create(code=code, name=plan.name, notice_seconds=60)
    asset = Asset.objects.create(venue=venue, code="USD", scale=6)
    _apart(fund_venue, venue_id=venue.id, asset=asset.code, amount=plan.fund, reference="seed")
    for instrument in plan.instruments:
        _add_instrument(venue, asset, instrument)
    Playbook.objects.create(venue=venue, **plan.playbook)
    names = dict.fromkeys(provider.group for provider in plan.providers)
    groups = {name: create_group(venue=venue, name=name, reason=SEEDED) for name in names}
    for one, other in plan.related:
        related = {"group_id": groups[one].id, "other_id": groups[other].id}
        _apart(relate_groups, venue_id=venue.id, reason=SEEDED, **related)
    seats = tuple(_add_provider(venue, groups[each.group], asset, each) for each in plan.providers)
    _, key = _apart(issue_key, venue=venue, scopes=VENUE_SCOPES, label="seeded", of_demo=True)
    return Market(venue.id, code, key, seats)


def _add_instrument(venue: Venue, asset: Asset, plan: InstrumentPlan) -> None:
    group, _ = ProductGroup.objects.get_or_create(venue=venue, code=plan.product_group)
    Instrument.objects.create(
        venue=venue,
        symbol=plan.symbol,
        kind=plan.kind,
        product_group=group,
        settlement_asset=asset,
        quantity_step=plan.quantity_step,
        margin_rate=plan.margin_rate,
    )


def _add_provider(venue: Venue, group: Group, asset: Asset, plan: ProviderPlan) -> Seat:
    provider: Any = _apart(create_provider, venue=venue, name=plan.name, group=group, reason=SEEDED)
    _apart(
        move_collateral,
        venue_id=venue.id,
        provider_id=provider.id,
        asset=asset.code,
        amount=plan.collateral,
        reference=f"seed-{uuid4()}",
    )
    for product_group, terms in plan.commitments.items():
        commitment = _apart(propose_commitment, provider=provider, product_group=product_group, terms=terms)
        _apart(approve_commitment, commitment_id=commitment.id)
    _, key = _apart(issue_key, venue=venue, provider=provider, scopes=PROVIDER_SCOPES, label="seeded", of_demo=True)
    return Seat(provider.id, plan.name, key)


def _apart(operation: Callable[..., R], **arguments: Any) -> R:
    """Nobody sees the venue before all of it is committed, so that what is locked of it needs no turn."""
    with of_transaction():
        return operation(**arguments)
