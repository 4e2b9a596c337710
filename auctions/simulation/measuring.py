"""The outcome of a venue's books, by the one measure, from its rows and the file that they came from."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from accounts.models import Account, AccountKind, Transfer
from accounts.models.ledger import Purpose
from auctions.models import Award, Book, Position
from auctions.models.awards import Beneficiary
from auctions.rules.outcome import Borne, Judge, Measured, Path, Placement, Sold, outcome_of
from auctions.simulation.arrivals import Arrival
from backstop.models import InstrumentKind
from backstop.values.amounts import ZERO
from backstop.values.splitting import slice_steps

FairEdge = Callable[[Award], Decimal]


@dataclass
class Locked:
    """What a venue's providers have locked, looked at again and again: holds and margin, as an average over time."""

    venue_id: UUID
    _began_at: float | None = None
    _looked_at: float = 0.0
    _amount: Decimal = ZERO
    _seen: Decimal = ZERO

    def look(self) -> None:
        """What is locked now is taken to be so until the next look."""
        now = time.monotonic()
        if self._began_at is None:
            self._began_at = now
        else:
            self._seen += self._amount * Decimal(now - self._looked_at)
        self._looked_at, self._amount = now, _locked(self.venue_id)

    @property
    def average(self) -> Decimal:
        """Over the time from the first look to the last."""
        seconds = self._looked_at - (self._began_at or 0.0)
        return (self._seen / Decimal(seconds)).quantize(Decimal("0.01")) if seconds > 0 else ZERO


def _locked(venue_id: UUID) -> Decimal:
    holds = Sum("held", filter=Q(kind=AccountKind.COLLATERAL), default=ZERO)
    margin = Sum("posted", filter=Q(kind=AccountKind.MARGIN), default=ZERO)
    sums = Account.objects.filter(venue=venue_id).aggregate(holds=holds, margin=margin)
    return Decimal(sums["holds"] + sums["margin"])


def path_of(arrivals: Sequence[Arrival], instrument: str) -> Path:
    """The marks that a file has of an instrument, in order of arrival."""
    rows = [row for arrival in arrivals for row in arrival.rows if row.instrument == instrument]
    return Path(tuple(row.received_at for row in rows), tuple(row.mark_price for row in rows))


def measure(
    venue_id: UUID, awards: Sequence[Award], fair_edge: FairEdge, arrivals: Sequence[Arrival], capital_locked: Decimal
) -> Measured:
    """What everybody behind the venue's books lost. `awards` are those that were settled; what nobody took is judged by
    the file's own times, whatever time it took here."""
    by_lot: dict[UUID, list[Award]] = defaultdict(list)
    for award in awards:
        if award.beneficiary == Beneficiary.PROVIDER:
            by_lot[award.step.lot_id].append(award)
    arrived = {(arrival.reference, row.instrument): row for arrival in arrivals for row in arrival.rows}
    judges = {name: Judge(path_of(arrivals, name)) for name in dict.fromkeys(name for _, name in arrived)}
    positions = []
    for position in Position.objects.filter(book__venue=venue_id).select_related("instrument", "lot", "book"):
        row = arrived[position.book.reference, position.instrument.symbol]
        taken = by_lot[position.lot_id] if position.lot_id else []
        mark, judge = row.mark_price, judges[row.instrument]
        sign = 1 if position.side == "LONG" else -1
        positions.append(
            Sold(
                sign=sign,
                quantity=position.quantity,
                mark=mark,
                placed=tuple(_placed(position, award, fair_edge(award)) for award in taken),
                horizon_mark=judge.at_horizon(row.received_at, mark),
                worst_mark=judge.worst(row.received_at, mark, sign),
                seconds=_seconds(position.book, taken),
            )
        )
    last = {name: judge.path.marks[-1] for name, judge in judges.items()}
    return outcome_of(positions, _borne(venue_id, awards, last, capital_locked))


def _placed(position: Position, award: Award, fair_bps: Decimal) -> Placement:
    quantity = quantity_of(position, award)
    return Placement(quantity, award.marks[position.instrument_id], award.edge_bps, fair_bps)


def quantity_of(position: Position, award: Award) -> Decimal:
    """How much of a position an award moves."""
    assert position.lot is not None
    steps = int(position.quantity / position.own_step)
    return position.own_step * slice_steps(steps, award.first_unit, award.units, position.lot.units)


def _seconds(book: Book, taken: Sequence[Award]) -> float | None:
    return max(((award.created_at - book.received_at).total_seconds() for award in taken), default=None)


def _borne(venue_id: UUID, awards: Sequence[Award], last: Mapping[str, Decimal], capital_locked: Decimal) -> Borne:
    moved = Transfer.objects.filter(debit__venue=venue_id)

    def sum_of(condition: Q) -> Decimal:
        return Decimal(moved.filter(condition).aggregate(sum=Sum("amount", default=ZERO))["sum"])

    own = Q(purpose=Purpose.FUNDING)
    into, out_of = Q(credit__kind=AccountKind.FUND), Q(debit__kind=AccountKind.FUND)
    fund = sum_of(into & ~own) - sum_of(out_of & ~own)
    return Borne(
        bad_debt={
            "fund": sum_of(Q(purpose=Purpose.DEBT_COVERED)),
            "losses": sum_of(Q(purpose=Purpose.DEBT_LOST)),
        },
        fund_result=fund + _spot_of_fund(awards, last),
        to_owners=sum_of(Q(purpose=Purpose.RESIDUAL)),
        capital_locked=capital_locked,
    )


def _spot_of_fund(awards: Sequence[Award], last: Mapping[str, Decimal]) -> Decimal:
    """What the spot that the fund took over is worth at the last marks; contracts carry their result in money."""
    taken: dict[UUID, list[Award]] = defaultdict(list)
    for award in awards:
        if award.beneficiary == Beneficiary.FUND:
            taken[award.step.lot_id].append(award)
    spot = Position.objects.filter(lot__in=taken, instrument__kind=InstrumentKind.SPOT)
    return sum(
        (
            quantity_of(position, award) * last[position.instrument.symbol]
            for position in spot.select_related("instrument", "lot")
            for award in taken[position.lot_id or UUID(int=0)]
        ),
        ZERO,
    )
