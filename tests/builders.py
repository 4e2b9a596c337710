"""Plain functions that build what a test needs: a venue, what it trades, and people called Alice, Bob and Charlie.

Each gives a sensible whole with few words and takes whatever a test is about by name. Money, people, keys and caps go
through the operations, so that what they build is what the product builds; marks, commitments and playbooks are rows,
so that a test may have them as it needs them.
"""

import itertools
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField

from accounts.desks.approvals import BY_TWO
from accounts.desks.collateral import open_account
from accounts.desks.journal import venue_accounts
from accounts.lifecycle import CommitmentState
from accounts.models import Account, AccountKind, Commitment, CommitmentTerms, Group, Provider, Transfer
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from auctions.models import Cap, MarketRegime, Playbook
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.relate_groups import relate_groups
from auctions.operations.operator.set_cap import set_cap
from auctions.operations.venue.report_conditions import report_conditions
from backstop import clock, transactions
from backstop.models import Asset, Instrument, InstrumentKind, Mark, ProductGroup, Venue
from tests.described import DescribedClient
from tests.kept import kept

LINEAR = InstrumentKind.LINEAR
SPOT = InstrumentKind.SPOT
_numbers = itertools.count(1)


@kept
def perform(function: Callable[..., Any], *, actor: str = "test", **arguments: Any) -> Any:
    """`transactions.perform`, by the test itself unless it says by whom."""
    return transactions.perform(function, actor=actor, **arguments)


@kept
def a_venue(code: str | None = None, *, notice_seconds: int = 3600, fund: str = "0", asset: str = "USD") -> Venue:
    """A venue with one asset, its own accounts, and so much in its fund."""
    code = code or f"venue-{next(_numbers)}"
    venue = Venue.objects.create(code=code, name=code.title(), notice_seconds=notice_seconds)
    an_asset(venue, asset)
    if Decimal(fund):
        perform(fund_venue, venue_id=venue.id, asset=asset, amount=Decimal(fund), reference=_reference())
    return venue


@kept
def an_asset(venue: Venue, code: str = "USD", *, scale: int = 6) -> Asset:
    """An asset and the venue's accounts in it."""
    asset = Asset.objects.create(venue=venue, code=code, scale=scale)
    perform(venue_accounts, venue_id=venue.id, asset=asset)
    return asset


def the_asset(venue: Venue, code: str | None = None) -> Asset:
    return Asset.objects.get(venue=venue, **({"code": code} if code else {}))


def venue_account(venue: Venue, kind: AccountKind, asset: Asset | None = None) -> Account:
    return Account.objects.get(venue=venue, kind=kind, asset=asset or the_asset(venue))


@kept
def a_group_of_products(venue: Venue, code: str = "PERPS") -> ProductGroup:
    return ProductGroup.objects.get_or_create(venue=venue, code=code)[0]


@kept
def an_instrument(
    venue: Venue,
    symbol: str = "BTC-PERP",
    kind: InstrumentKind = LINEAR,
    *,
    product_group: str = "PERPS",
    quantity_step: str = "0.001",
    margin_rate: str = "0.1",
    asset: Asset | None = None,
    price: str | None = None,
) -> Instrument:
    """An instrument, marked now where a price is given."""
    instrument = Instrument.objects.create(
        venue=venue,
        symbol=symbol,
        kind=kind,
        product_group=a_group_of_products(venue, product_group),
        settlement_asset=asset or the_asset(venue),
        quantity_step=Decimal(quantity_step),
        margin_rate=Decimal(margin_rate),
    )
    if price is not None:
        a_mark(instrument, price)
    return instrument


@kept
def a_mark(instrument: Instrument, price: str, *, source: str = "venue", marked_at: Any = None) -> Mark:
    """The instrument's mark of this source from now on; no jump, as if the set before had said the same."""
    values = {"price": Decimal(price), "price_before": Decimal(price), "marked_at": marked_at or clock.now()}
    return Mark.objects.update_or_create(instrument=instrument, source=source, defaults=values)[0]


@kept
def a_group(venue: Venue, name: str, *, related: Collection[Group] = ()) -> Group:
    group, _ = Group.objects.get_or_create(venue=venue, name=name)
    for other in related:
        relate(group, other)
    return group


@kept
def relate(group: Group, other: Group, *, related: bool = True) -> Group:
    arguments = {"venue_id": group.venue_id, "group_id": group.id, "other_id": other.id, "related": related}
    return perform(relate_groups, reason="a test", **arguments)


@kept
def a_provider(
    venue: Venue, name: str = "Alice", *, collateral: str = "1000000", group: Group | None = None
) -> Provider:
    """A provider with accounts in the venue's asset and so much free collateral; a group of its own unless given."""
    said = {"venue": venue, "name": name, "group": group or a_group(venue, name), "reason": "a test"}
    provider: Provider = perform(BY_TWO[create_provider.__name__], **said)  # as two persons do
    for asset in venue.assets.all():
        perform(open_account, kind=AccountKind.COLLATERAL, provider=provider, asset=asset)
    if Decimal(collateral):
        pay_in(provider, collateral)
    return provider


@kept
def pay_in(provider: Provider, amount: str, reference: str | None = None) -> Transfer:
    """Move so much (below zero: out) into the provider's collateral, through its venue."""
    arguments = {"venue_id": provider.venue_id, "provider_id": provider.id, "asset": the_asset(provider.venue).code}
    return perform(move_collateral, **arguments, amount=Decimal(amount), reference=reference or _reference())


def provider_account(provider: Provider, kind: AccountKind = AccountKind.COLLATERAL) -> Account:
    return Account.objects.get(provider=provider, kind=kind, asset=the_asset(provider.venue))


@kept
def a_commitment(
    provider: Provider,
    *,
    product_group: ProductGroup | None = None,
    instrument: Instrument | None = None,
    state: CommitmentState = CommitmentState.ACTIVE,
    active_at: Any = None,
    effective_at: Any = None,
    **terms: Any,
) -> Commitment:
    """A standing bid, approved already: venue-wide, both sides, every day, at 50 bps and without caps unless said."""
    now = clock.now()
    commitment = Commitment.objects.create(
        venue_id=provider.venue_id,
        provider=provider,
        product_group=product_group,
        instrument=instrument,
        state=state,
        active_at=(active_at or now) if state != CommitmentState.PROPOSED else None,
    )
    values = {"min_edge_bps": "50", **terms}
    numbers = {name for name, column in CommitmentTerms.columns().items() if isinstance(column, DecimalField)}
    values.update({name: Decimal(values[name]) for name in numbers & values.keys() if values[name] is not None})
    CommitmentTerms.objects.create(commitment=commitment, effective_at=effective_at or active_at or now, **values)
    return commitment


# What playbooks of tests say unless told otherwise: commitments first, short windows, one round, and
# nothing starts anew.
IMPATIENT = {
    "assign": "FIRST",
    "sealed_seconds": 30,
    "reopening_seconds": 15,
    "dutch_seconds": 60,
    "dutch_rise_bps": None,
    "dutch_mark_max_age_seconds": None,
    "retry_seconds": 30,
    "max_queue_seconds": 300,
    "max_restarts": 0,
}


@kept
def a_playbook(venue: Venue, **fields: Any) -> Playbook:
    """The venue's next version, which new books will take."""
    latest = Playbook.objects.filter(venue=venue).order_by("-version").first()
    version = latest.version + 1 if latest else 1
    cure = {"max_waterfall_seconds": fields.get("cure_seconds", 0)}
    return Playbook.objects.create(**{"venue": venue, "version": version, **IMPATIENT, **cure, **fields})


@kept
def a_cap(venue: Venue, limit: str | None, *, product_group: ProductGroup | None = None) -> Cap | None:
    """A cap on what of the venue, or of a product group of it, may be in auctions at once; None takes it away."""
    amount = None if limit is None else Decimal(limit)
    return perform(set_cap, venue=venue, product_group=product_group, asset=the_asset(venue), limit=amount)


@kept
def conditions(venue: Venue, **said: Any) -> MarketRegime:
    """What the venue says of PERPS, unless it names another group: all is well there, but for what is said."""
    calm = {"depth": Decimal(10**6), **{name: Decimal(0) for name in ("spread_bps", "volatility_bps", "stale_share")}}
    return perform(report_conditions, venue_id=venue.id, **{"product_group": "PERPS", **calm, **said})


@kept
def a_venue_key(venue: Venue, scopes: Collection[str] = VENUE_SCOPES) -> str:
    """The secret of a new key of the venue."""
    return perform(issue_key, venue=venue, scopes=scopes)[1]


@kept
def a_provider_key(provider: Provider, scopes: Collection[str] = PROVIDER_SCOPES) -> str:
    """The secret of a new key of the provider."""
    return perform(issue_key, venue=provider.venue, provider=provider, scopes=scopes)[1]


def api_client(key: str | None) -> DescribedClient:
    """A client of the HTTP API that sends this key, or none; an unexpected error is answered, not raised.
    Whatever is answered has to be as the document says."""
    client = DescribedClient(raise_request_exception=False)
    if key is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def _reference() -> str:
    return f"builder-{next(_numbers)}"
