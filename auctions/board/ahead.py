"""What a venue has against what comes, as tables: capacity, money, inventory, covers, and losses under way."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, Sum
from django.urls import reverse
from django.utils.html import format_html

from accounts.lifecycle import ASSESSMENT, AssessmentState, LossEventState
from accounts.models import Account, Assessment, LossEvent, Provider, Purpose, Transfer
from accounts.models.ledger import OWN_KINDS, AccountKind
from accounts.queries import sum_borne, sum_unpaid_losses, with_targets
from accounts.queries.would_pay import allocate_as_of_now, list_standing_covers
from accounts.rules.sharing.plans import LayerKind
from auctions.desks.unplaced import get_unplaced_risk
from auctions.models import FundInventory, MarketRegime
from auctions.queries import get_latest_playbook, list_inventory
from auctions.queries.coverage import MarketCoverage, list_coverage
from auctions.queries.demand import Demand
from auctions.queries.regimes import get_thresholds
from auctions.queries.under_way import sum_outstanding
from auctions.rules.regimes import in_force
from backstop.admin.cells import Panel, plain
from backstop.models import Asset, Venue
from backstop.values.amounts import ZERO, round_up, total

MOST = 50  # rows of a table
LATELY = timedelta(days=30)
SHOWN = [kind.value for kind in OWN_KINDS if kind != AccountKind.CLEARING]


def list_panels(venue: Venue, demand: Demand | None, now: datetime) -> list[Panel]:
    """Of a venue as of now; with `demand`, beside what the largest accounts of a stress file hold."""
    assets = list(Asset.objects.filter(venue=venue, shadow_of=None).order_by("code"))
    coverage = list_coverage(venue.id, now)
    return [
        *([] if demand is None else [_stress(coverage, demand)]),
        _capacity(venue.id, coverage, now),
        _unplaced(venue.id, assets, now),
        _money(venue.id),
        _inventory(venue.id),
        _covers(assets, now),
        _losses(venue.id, {asset.id: asset.code for asset in assets}),
        _earned(venue.id, now),
    ]


def whom_it_costs(asset: Asset, loss: Decimal, now: datetime) -> Panel:
    """What each layer, and in it each provider, would pay of a loss, were its event to open now."""
    found = allocate_as_of_now(asset, loss, now)
    names = dict(Provider.objects.filter(venue=asset.venue_id).values_list("id", "name"))
    rows: list[tuple[Any, ...]] = [
        (payment.layer, "the venue" if whose is None else names[whose], plain(amount))
        for payment in found.paid
        for whose, amount in payment.shares
        if amount
    ]
    if found.unallocated:
        rows.append((_red(LayerKind.UNALLOCATED.value), _red("nobody"), _red(plain(found.unallocated))))
    note = (
        "By the newest plan, as of now: covers of the whole venue count, everybody who contributed is obliged and bids "
        "well, and nobody had edges of its own; what the estate and penalties pay comes before."
    )
    return Panel(f"A loss of {plain(loss)} {asset}", ("Layer", "Who", "Pays"), rows, note)


def _capacity(venue_id: UUID, coverage: Sequence[MarketCoverage], now: datetime) -> Panel:
    outstanding = sum_outstanding(venue_id)
    gap = get_thresholds(venue_id).max_gap
    regimes = {
        row.product_group_id: in_force(row.standing, gap, now).regime.value
        for row in MarketRegime.objects.filter(venue=venue_id)
    }
    rows = []
    for each in coverage:
        left = outstanding.get(each.key, ZERO)
        sums = [_enough(amount, left) for amount in (each.coverage.capacity, each.coverage.without_largest)]
        regime = regimes.get(each.market.group.id, "never reported")
        rows.append((*_market(each), regime, plain(left), *sums))
    columns = ("Market", "Asset", "Side", "Regime", "Outstanding", "Capacity", "Two largest gone")
    note = (
        "Funded capacity of standing commitments; each market and side by itself: the same collateral may stand behind "
        "several. Outstanding: what nobody has taken yet of the books under way. Red: less than that."
    )
    return Panel("Capacity", columns, rows, note)


def _stress(coverage: Sequence[MarketCoverage], demand: Demand) -> Panel:
    rows = [
        (
            *_market(each),
            one.accounts,
            plain(one.notional),
            _lacking(one.lacking),
            _lacking(one.lacking_without_largest),
        )
        for each in coverage
        for one in each.coverage.shortfalls(demand.get(each.key, {}))
    ]
    columns = ("Market", "Asset", "Side", "Largest accounts", "Hold", "Lacks", "Lacks, two largest gone")
    return Panel("Against the stress file", columns, rows, "What nobody would have to take of it is red.")


def _market(each: MarketCoverage) -> tuple[str, str, str]:
    return _linked(each.market.group), each.market.asset.code, each.side


def _unplaced(venue_id: UUID, assets: Collection[Asset], now: datetime) -> Panel:
    """What waits to be placed, beside the newest playbook's limit: equal fits."""
    playbook = get_latest_playbook(venue_id)
    limit = playbook.max_unplaced_risk if playbook else None
    rows = []
    for asset in assets:
        risk = round_up(get_unplaced_risk(venue_id, asset.id, now), asset.scale)
        shown = plain(risk) if limit is None or risk <= limit else _red(plain(risk))
        rows.append((asset.code, shown, "no limit" if limit is None else plain(limit)))
    note = (
        "Notional x margin rate, at marks, of what is still offered to others than the fund, which comes early above."
    )
    return Panel("Unplaced risk", ("Asset", "At risk", "Limit"), rows, note)


def _money(venue_id: UUID) -> Panel:
    accounts = with_targets(Account.objects.filter(venue=venue_id, kind__in=SHOWN, asset__shadow_of=None))
    in_order = sorted(accounts.select_related("asset"), key=lambda row: (row.asset.code, SHOWN.index(row.kind)))
    rows = [
        (
            _linked(row, row.kind),
            row.asset.code,
            plain(row.posted),
            plain(row.held),
            _enough(row.free, row.target or ZERO),
            plain(row.target),
        )
        for row in in_order
    ]
    return Panel("Money of the venue", ("Account", "Asset", "Stands", "Held", "Free", "Target"), rows)


def _inventory(venue_id: UUID) -> Panel:
    held = list_inventory().filter(venue=venue_id).exclude(quantity=0).order_by("instrument__symbol")
    rows = [_of_inventory(row) for row in held[:MOST]]
    columns = ("Instrument", "Quantity", "Mark", "Result", "Age of the oldest")
    return Panel("Inventory of the fund", columns, rows, "The result is what it gained since it was taken over.")


def _of_inventory(held: Any) -> tuple[Any, ...]:
    under_way = held.instrument.under_way
    age = f"{(held.read_at - under_way[0].created_at).total_seconds():,.0f} s" if under_way else ""
    mark = plain(under_way[0].marked_price) if under_way else ""
    result = plain(total(row.result for row in under_way))
    return _linked(held, held.instrument.symbol, FundInventory), plain(held.quantity), mark, result, age


def _covers(assets: Collection[Asset], now: datetime) -> Panel:
    rows = [
        (
            _linked(cover),
            cover.asset.code,
            plain(cover.attachment),
            plain(terms.limit),
            plain(terms.aggregate_left),
            plain(terms.most_paid()),
            ", ".join(share.provider.name for share in cover.shares.all()),
            cover.ends_at,
        )
        for cover, terms in list_standing_covers(assets, now)
    ]
    columns = ("Cover", "Asset", "Attachment", "Limit", "Left of the aggregate", "Pays at most", "Insurers", "Until")
    return Panel("Covers that would pay", columns, rows[:MOST], "Of an event that opens now.")


def _losses(venue_id: UUID, codes: dict[UUID, str]) -> Panel:
    unpaid = sum_unpaid_losses(venue_id)
    under_way = ~Q(state=LossEventState.FINAL) | Q(id__in={event_id for event_id, _ in unpaid})
    events = LossEvent.objects.filter(under_way, venue=venue_id).select_related("cluster")
    found = {event.id: event for event in events.order_by("opened_at", "created_at")[:MOST]}
    told: dict[UUID, list[tuple[Any, ...]]] = {each: [] for each in found}
    for (event_id, asset_id), amount in unpaid.items():
        if event_id in found and found[event_id].state != LossEventState.FINAL and asset_id in codes:
            told[event_id].append((codes[asset_id], _red("nobody yet"), _red(plain(amount))))
    called = Assessment.objects.filter(obligation__loss_event__in=found, state__in=ASSESSMENT.under_way)
    for each in called.select_related("asset", "provider", "obligation").order_by("due_by", "provider__name"):
        told[each.obligation.loss_event_id].append(_owed_of_call(each))
    for (event_id, asset_id, layer), amount in sorted(sum_borne(found).items(), key=str):
        if amount and asset_id in codes:
            told[event_id].append((codes[asset_id], layer, plain(amount)))
    rows = [
        (*_of_event(found[each]), *line) for each, lines in told.items() for line in lines or [("", "nothing yet", "")]
    ]
    columns = ("Loss event", "State", "Asset", "Layer", "Paid")
    return Panel("Loss events under way", columns, rows)


def _owed_of_call(call: Assessment) -> tuple[Any, ...]:
    """Who is called for how much, red once it is overdue."""
    who, owed = _linked(call, f"called for: {call.provider}, {call.state}"), plain(call.owed)
    return call.asset.code, who, _red(owed) if call.state == AssessmentState.OVERDUE else owed


def _earned(venue_id: UUID, now: datetime) -> Panel:
    """By provider and asset, who earned most first."""
    edges = Transfer.objects.filter(purpose=Purpose.EDGE, created_at__gte=now - LATELY, credit__asset__shadow_of=None)
    of_venue = edges.filter(credit__provider__venue=venue_id).order_by()
    sums = of_venue.values_list("credit__provider", "credit__provider__name", "credit__asset__code")
    found = sorted(sums.annotate(Sum("amount")), key=lambda row: (row[2], -row[3], row[1]))
    rows = [(_link(Provider, provider, name), asset, plain(amount)) for provider, name, asset, amount in found[:MOST]]
    return Panel("Earned of late", ("Provider", "Asset", "Edges"), rows, f"In the last {LATELY.days} days.")


def _of_event(event: LossEvent) -> tuple[Any, ...]:
    return _linked(event, str(event.cluster or event.account or event.kind)), event.state


def _linked(row: Model, label: str = "", model: type[Model] | None = None) -> str:
    return _link(model or type(row), row.pk, label or str(row))


def _link(model: type[Model], row_id: UUID, label: str) -> str:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row_id])
    return format_html('<a href="{}">{}</a>', address, label)


def _enough(amount: Decimal, wanted: Decimal) -> str:
    """Red where it is less than what is wanted."""
    return _red(plain(amount)) if amount < wanted else plain(amount)


def _lacking(amount: Decimal) -> str:
    return _red(plain(amount)) if amount else plain(amount)


def _red(text: str) -> str:
    return format_html('<strong class="board-red">{}</strong>', text)
