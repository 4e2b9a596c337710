"""What became of a venue's books: placed by step, at what edges, what the fund holds, and whether it all adds up.

Quantities and caps are computed here again, from the rows.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import CommitmentTerms
from auctions.desks.inventory import get_inventory_notional
from auctions.desks.work import caps_of
from auctions.lifecycle import WATERFALL, BookState, SettlementState, StepKind, Takers
from auctions.models import Award, Book, Lot, Playbook, Position
from auctions.operations.operator.audit import audit
from auctions.rules.fund_inventory import full_edge
from auctions.rules.outcome import Measured, percentile
from auctions.simulation.arrivals import SOLD_AT, Arrival
from auctions.simulation.measuring import measure
from backstop.transactions import perform
from backstop.values.amounts import ZERO, exactly, to_text
from backstop.values.splitting import split_amount

PLACING = [step.kind for step in WATERFALL.values() if step.takers is not Takers.VENUE]

MONEY = Decimal("0.000001")

_JUDGED = ("unplaced", "shortfall", "cost")

FairEdge = Callable[[str, str], Decimal]


@dataclass
class Report:
    """The figures. Notionals are those of the intake, split over the steps by units, so that they sum exactly."""

    books: int = 0
    ended: int = 0
    notional: Decimal = ZERO
    placed: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(PLACING, ZERO))
    unplaced: Decimal = ZERO
    edge_bps: dict[str, Decimal | None] = field(default_factory=dict)
    given_away: Decimal = ZERO
    given_away_then: Decimal | None = None
    beyond_reserve: int = 0
    p50: float | None = None
    p99: float | None = None
    fund_inventory: Decimal = ZERO
    outcome: Measured | None = None
    uneven: list[str] = field(default_factory=list)
    audit: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every book ended and everything adds up."""
        return self.ended == self.books > 0 and not (self.audit or self.uneven or self.beyond_reserve)

    def as_json(self) -> dict[str, Any]:
        then = self.given_away_then
        outcome = {} if self.outcome is None else {"outcome": self.outcome.as_json()}
        return {
            "books": self.books,
            "ended": self.ended,
            "notional": to_text(self.notional),
            "placed": {kind.value: to_text(self.placed[kind]) for kind in PLACING},
            "unplaced": to_text(self.unplaced),
            "edge_bps": {kind: edge if edge is None else to_text(edge) for kind, edge in self.edge_bps.items()},
            "given_away": to_text(self.given_away),
            "given_away_then": then if then is None else to_text(then),
            "beyond_reserve": self.beyond_reserve,
            "intake_to_settled_seconds": {"p50": self.p50, "p99": self.p99},
            **outcome,
            "audit": [*self.audit, *self.uneven] or "clean",
        }


def make_report(
    venue_id: UUID, fair_edge: FairEdge, arrivals: Sequence[Arrival] = (), capital_locked: Decimal = ZERO
) -> Report:
    """All figures of the venue. `fair_edge` knows what a provider (name) found fair for a book (reference); with the
    arrivals that were played the outcome is one of them."""
    books = Book.objects.filter(venue=venue_id)
    report = Report(books=books.count(), ended=books.filter(state=BookState.CLOSED).count())
    awards = list(
        Award.objects.filter(
            settlement__book__venue=venue_id, settlement__state=SettlementState.SETTLED
        ).select_related("settlement__book__playbook", "step", "provider")
    )
    with exactly():
        _add_placed(report, venue_id, awards)
        _add_quantities(report, venue_id, awards)
    fair = _fair_of(awards, fair_edge)
    _add_edges(report, awards, fair)
    _add_times(report, awards)
    report.fund_inventory = get_inventory_notional(venue_id)
    if arrivals:
        report.outcome = measure(venue_id, awards, fair, arrivals, capital_locked)
    if any(SOLD_AT in row.carried for arrival in arrivals for row in arrival.rows):
        then = sum((row.given_away_then for arrival in arrivals for row in arrival.rows), ZERO)
        report.given_away_then = then.quantize(MONEY)
    report.audit = perform(audit, actor="simulation:report", venue_id=venue_id)
    return report


def _add_placed(report: Report, venue_id: UUID, awards: Sequence[Award]) -> None:
    units: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for award in awards:
        units[award.step.lot_id][award.step.kind] += award.units
    for lot in Lot.objects.filter(book__venue=venue_id).select_related("book__asset"):
        report.notional += lot.notional
        mine = units.get(lot.id)
        if not mine or sum(mine.values()) != lot.units:
            report.uneven.append(f"book {lot.book}: {sum((mine or {}).values())} of {lot.units} units were placed")
            continue
        parts = split_amount(lot.notional, list(mine.values()), lot.book.asset.scale)
        for kind, part in zip(mine, parts, strict=True):
            if kind in report.placed:
                report.placed[kind] += part
            else:
                report.unplaced += part


def _add_quantities(report: Report, venue_id: UUID, awards: Sequence[Award]) -> None:
    """Over all steps, exactly the quantity of each position changes hands."""
    ranges: dict[UUID | None, list[tuple[int, int]]] = defaultdict(list)
    for award in awards:
        ranges[award.step.lot_id].append((award.first_unit, award.units))
    for position in Position.objects.filter(book__venue=venue_id).select_related("instrument", "lot", "book"):
        step, lot = position.own_step, position.lot
        whole = int(position.quantity / step)
        moved = 0
        for first, count in ranges[position.lot_id]:
            assert lot is not None
            moved += whole * (first + count) // lot.units - whole * first // lot.units
        if moved * step != position.quantity:
            report.uneven.append(f"book {position.book}: {moved * step} of {position.quantity} changed hands")


def _fair_of(awards: Sequence[Award], fair_edge: FairEdge) -> Callable[[Award], Decimal]:
    """What an award was worth to its provider: a commitment's own edge, or what it found fair for the book."""
    commitments = CommitmentTerms.objects.filter(commitment__in={award.commitment_id for award in awards})
    standing = {terms.commitment_id: terms.min_edge_bps or ZERO for terms in commitments}  # a robot's never change

    def fair(award: Award) -> Decimal:
        assert award.provider is not None
        if award.commitment_id:
            return standing[award.commitment_id]
        return fair_edge(award.provider.name, award.settlement.book.reference)

    return fair


def _most_paid(kind: str, playbook: Playbook) -> Decimal:
    """The edge in basis points beyond which a step of this kind pays nobody, the fund included."""
    cap = caps_of(playbook).of(kind)
    return full_edge(cap, playbook.dutch_cap_bps) if kind == StepKind.FUND else cap


def _add_edges(report: Report, awards: Sequence[Award], fair: Callable[[Award], Decimal]) -> None:
    weights: dict[str, Decimal] = defaultdict(Decimal)
    edges: dict[str, Decimal] = defaultdict(Decimal)
    for award in awards:
        kind, playbook = award.step.kind, award.settlement.book.playbook
        report.beyond_reserve += award.edge_bps > _most_paid(kind, playbook)
        weights[kind] += award.notional
        edges[kind] += award.notional * award.edge_bps
        if award.provider:
            report.given_away += max(award.edge_bps - fair(award), ZERO) * award.notional / 10000
    report.given_away = report.given_away.quantize(MONEY)
    for kind in (step.kind for step in WATERFALL.values() if step.cap):
        weight = weights[kind]
        report.edge_bps[kind.value] = (edges[kind] / weight).quantize(Decimal("0.0001")) if weight else None


def _add_times(report: Report, awards: Sequence[Award]) -> None:
    last: dict[UUID, float] = {}
    for award in awards:
        settled_at, book = award.settlement.settled_at, award.settlement.book
        assert settled_at is not None
        last[book.id] = max(last.get(book.id, 0.0), (settled_at - book.received_at).total_seconds())
    seconds = sorted(last.values())
    report.p50, report.p99 = percentile(seconds, 50), percentile(seconds, 99)


def lines_of(report: Report) -> list[tuple[str, str]]:
    """The report as it is read: what, and how much."""
    lines = [
        ("books", f"{report.ended} of {report.books} ended"),
        ("notional", _money(report.notional)),
        *((f"placed in {kind}", _placed(report, kind)) for kind in PLACING),
        ("unplaced, back to the venue", _money(report.unplaced)),
        ("fund inventory, at the last marks", _money(report.fund_inventory)),
        ("given away beyond fair edges", _money(report.given_away)),
    ]
    if report.given_away_then is not None:
        lines.append(("given away then (below the mark)", _money(report.given_away_then)))
    return [
        *lines,
        *([] if report.outcome is None else lines_of_outcome(report.outcome)),
        ("awards beyond the reserve", str(report.beyond_reserve)),
        ("intake to settled", f"p50 {_seconds(report.p50)}, p99 {_seconds(report.p99)}"),
        ("steps against books", "equal, exactly" if not report.uneven else "; ".join(report.uneven[:3])),
        ("audit", "clean" if not report.audit else "; ".join(report.audit[:3])),
    ]


def lines_of_outcome(outcome: Measured) -> list[tuple[str, str]]:
    """The outcome as it is read."""
    said = outcome.as_json()
    at = ("horizon", "worst")
    return [
        ("placed with providers", f"{outcome.placed_percent:.2f} %"),
        *((name, _money(Decimal(said[name]))) for name in ("edges", "drift")),
        *(
            (f"{name} ({', '.join(at)})", ", ".join(_money(Decimal(said[name][each])) for each in at))
            for name in _JUDGED
        ),
        *((f"bad debt, borne by {who}", _money(Decimal(amount))) for who, amount in said["bad_debt"].items()),
        ("the fund's result", _money(outcome.borne.fund_result)),
        ("to owners", _money(outcome.borne.to_owners)),
        ("paid above fair", _money(outcome.above_fair)),
        ("intake to the last placement", f"p50 {_seconds(outcome.p50)}, p99 {_seconds(outcome.p99)}"),
        ("capital locked, on average", _money(outcome.borne.capital_locked)),
    ]


def _placed(report: Report, kind: StepKind) -> str:
    edge = report.edge_bps.get(kind.value)
    return _money(report.placed[kind]) + (f" at {edge:.2f} bps" if edge is not None else "")


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f} USD"


def _seconds(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f} s"


def carried_of(arrivals: Sequence[Arrival]) -> list[Mapping[str, str]]:
    """The further columns of the file, row by row, as they came."""
    return [{"reference": row.reference, **row.carried} for each in arrivals for row in each.rows if row.carried]
