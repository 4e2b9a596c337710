"""The report of a quarter: what stands behind a venue, what failed and who paid, drills, breaches, who decided what."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, Sum

from accounts.events import DefaultConfirmed, VaultSharesCancelled, VaultSuspended, WebhookDisabled
from accounts.models import Account, LossEvent, LossPayment, ProviderDefault
from accounts.models.loss_plans import plan_of
from accounts.queries import get_loss_plan
from accounts.rules.sharing.plans import LayerKind
from auctions.events import BreakerTripped
from auctions.models import Drill, DrillRecord, ProviderFault, VenueFault
from auctions.offline.reports import RiskReport, Section
from auctions.queries.coverage import list_coverage
from auctions.queries.demand import Demand
from auctions.queries.reports.covers import concentration, insurers, moved_limits, never_repaid
from auctions.queries.reports.sections import EXPLAINED, at, costs, decisions, everyday, who_paid
from backstop.models import Asset, Event, Venue
from backstop.values.amounts import difference, to_text

BREACHES = [
    kind.KIND for kind in (BreakerTripped, DefaultConfirmed, WebhookDisabled, VaultSuspended, VaultSharesCancelled)
]


_QUARTER = re.compile(r"([12]\d{3})-Q([1-4])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three months in UTC: the first instant is in it, the first of the next is not."""

    year: int
    number: int  # 1 to 4

    @property
    def starts_at(self) -> datetime:
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        year, month = divmod(12 * self.year + 3 * self.number, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)

    @classmethod
    def around(cls, instant: datetime) -> "Quarter":
        return cls(instant.year, (instant.month + 2) // 3)

    @classmethod
    def named(cls, text: str) -> "Quarter | None":
        """The one of this name, such as 2026-Q3."""
        found = _QUARTER.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


def report_quarter(venue: Venue, quarter: Quarter, demand: Demand | None, now: datetime) -> RiskReport:
    """Of what happened in it; resources and coverage are those of `now`."""
    within = {"gte": quarter.starts_at, "lt": quarter.ends_at}
    opened = LossEvent.objects.filter(venue=venue, **{f"opened_at__{name}": each for name, each in within.items()})
    events = list(opened.select_related("cluster").order_by("opened_at", "id"))
    told = Q(venue=venue, **{f"created_at__{name}": each for name, each in within.items()})
    facts = {
        "venue": venue.code,
        "from": at(quarter.starts_at),
        "until": at(quarter.ends_at),
        "resources and coverage as of": at(now),
        "loss events opened": str(len(events)),
    }
    sections = [
        _resources(venue),
        _plan(venue.id),
        _coverage(venue.id, demand, now),
        concentration(venue.id),
        moved_limits(venue.id, within),
        _losses(events),
        costs(events),
        who_paid(events),
        insurers(events),
        never_repaid(venue.id, within),
        _drills(venue, within),
        *_breaches(venue, within, told),
        decisions(told & EXPLAINED),
        everyday(told & ~EXPLAINED),
    ]
    return RiskReport(f"Quarter {quarter} of {venue.name}", facts, sections)


def _resources(venue: Venue) -> Section:
    sums = (
        Account.objects.filter(asset__in=Asset.objects.filter(venue=venue))
        .values_list("asset__code", "kind")
        .annotate(posted=Sum("posted"), held=Sum("held"))
        .order_by("asset__code", "kind")
    )
    rows = [
        (asset, kind, to_text(posted), to_text(held), to_text(difference(posted, held)))
        for asset, kind, posted, held in sums
    ]
    note = "What stands in all accounts of a kind together; COLLATERAL is providers' own, CLEARING the door outside."
    return Section("Resources", ("asset", "account", "posted", "held", "free"), rows, note)


def _plan(venue_id: UUID) -> Section:
    plan = plan_of(get_loss_plan(venue_id))
    rows = [
        (str(rank), layer.kind.value, _limit(layer.per_event), _limit(layer.per_24h))
        for rank, layer in enumerate(plan.layers, 1)
    ]
    note = f"Version {plan.version}. The estate, the equity kept and penalties come before a loss is counted."
    return Section("In which order losses are paid", ("rank", "layer", "an event", "24 hours"), rows, note)


def _limit(amount: Decimal | None) -> str:
    return "no limit" if amount is None else to_text(amount)


def _coverage(venue_id: UUID, demand: Demand | None, now: datetime) -> Section:
    """Cover-1 and cover-2 and more, of capacity."""
    rows = []
    for each in list_coverage(venue_id, now):
        market, coverage = each.market, each.coverage
        row = (market.group.code, market.asset.code, each.side)
        held = (demand or {}).get((market.group.id, market.asset.id, each.side), {})
        for one in coverage.shortfalls(held):
            rows.append(
                (
                    *row,
                    f"cover-{one.accounts}",
                    to_text(one.notional),
                    to_text(coverage.capacity),
                    to_text(one.lacking),
                    to_text(coverage.without_largest),
                    to_text(one.lacking_without_largest),
                )
            )
    columns = (
        *("product group", "asset", "side", "largest accounts", "their notional", "capacity", "lacking"),
        *("without the two largest providers", "lacking then"),
    )
    said = "The positions are those of the scenario." if demand is not None else "No scenario was given: nobody fails."
    note = f"Funded capacity of standing commitments, each market and side by itself. {said}"
    return Section("Coverage", columns, rows, note)


def _losses(events: Sequence[LossEvent]) -> Section:
    rows = [
        (
            str(event.id),
            event.kind,
            str(event.cluster or event.account or "one account"),
            at(event.opened_at),
            event.state,
            at(event.final_at),
            str(plan_of(event.plan).version),
        )
        for event in events
    ]
    columns = ("loss event", "kind", "whose", "opened", "state", "final", "plan")
    return Section("Loss events", columns, rows, "`manage.py report default` tells each in full.")


def _drills(venue: Venue, within: dict[str, datetime]) -> Section:
    opened = Drill.objects.filter(venue=venue, **{f"opened_at__{name}": each for name, each in within.items()})
    qualities = (
        DrillRecord.objects.filter(drill__in=opened)
        .values_list("drill", "quality")
        .annotate(Count("id"))
        .order_by("drill", "quality")
    )
    said: dict[UUID, list[str]] = {}
    for drill_id, quality, count in qualities:
        said.setdefault(drill_id, []).append(f"{quality or 'not judged'}: {count}")
    rows = [
        (drill.book.reference, at(drill.opened_at), drill.state, at(drill.ended_at), ", ".join(said.get(drill.id, [])))
        for drill in opened.select_related("book").order_by("opened_at", "id")
    ]
    return Section("Drills", ("book", "opened", "state", "ended", "how providers did"), rows)


def _breaches(venue: Venue, within: dict[str, datetime], told: Q) -> list[Section]:
    """Faults that stand, defaults, and what was stopped or left unpaid."""
    upheld = ProviderFault.objects.filter(
        book__venue=venue, **{f"upheld_at__{name}": each for name, each in within.items()}
    ).select_related("provider", "book__asset")
    faults = [
        (at(fault.upheld_at), fault.provider.name, fault.book.reference, fault.book.asset.code, to_text(fault.amount))
        for fault in upheld.order_by("upheld_at", "id")
        if fault.amount is not None
    ]
    counted: Counter[str] = Counter()
    for kind in Event.objects.filter(told, kind__in=BREACHES).values_list("kind", flat=True):
        counted[kind] += 1
    counted["faults of the venue"] = VenueFault.objects.filter(
        book__venue=venue, **{f"created_at__{name}": each for name, each in within.items()}
    ).count()
    counted["defaults declared"] = ProviderDefault.objects.filter(
        venue=venue, **{f"declared_at__{name}": each for name, each in within.items()}
    ).count()
    counted["losses that nobody paid"] = LossPayment.objects.filter(
        addend__loss_event__venue=venue,
        layer=LayerKind.UNALLOCATED.value,
        **{f"created_at__{name}": each for name, each in within.items()},
    ).count()
    columns = ("at", "provider", "book", "asset", "what it cost")
    return [
        Section("Faults of providers that stand", columns, faults),
        Section("Breaches", ("what", "how often"), [(name, str(count)) for name, count in sorted(counted.items())]),
    ]
