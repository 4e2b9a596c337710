"""What it costs to let an award fail: its provider makes the estate whole, its venue pays a little for the trouble.

Pure arithmetic on amounts of the book's asset; what a provider pays is never rounded up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from auctions.rules.budgets import gain
from auctions.rules.lots import Range
from auctions.rules.valuation import Leg, exact_notional_of
from backstop.values.amounts import ZERO, difference, round_down, total
from backstop.values.bps import of_notional


@dataclass(frozen=True, slots=True)
class Failed:
    """An award that failed: at which edge and marks it was given, of which notional, and what was `held` for it."""

    edge_bps: Decimal
    marks: Mapping[UUID, Decimal]
    notional: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class Replacement:
    """Who was given some of it next: these legs, at an edge; None for the fund and the venue, who count with the
    award's."""

    legs: Sequence[Leg]
    edge_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class MakeWhole:
    """What a fault costs its provider, and of it what the estate gets; the rest is the fund's."""

    amount: Decimal
    to_estate: Decimal

    @property
    def to_fund(self) -> Decimal:
        """What is left once the estate is whole."""
        return difference(self.amount, self.to_estate)


def make_whole(
    failed: Failed,
    replacements: Sequence[Replacement],
    marks: Mapping[UUID, Decimal],
    *,
    penalty_bps: Decimal,
    scale: int,
) -> MakeWhole:
    """The penalty, or what replacing the award cost the estate where that is more; at most what was held for it.

    A replacement costs by how much its edge is dearer, on the notional at the award's marks, and what the estate lost
    with its legs from these to the `marks` at which drift ended; never less than nothing, whatever another gained.
    """
    penalty = of_notional(failed.notional, penalty_bps)
    loss = total(max(_cost(failed, each, marks), ZERO) for each in replacements)
    amount = min(round_down(max(penalty, loss), scale), failed.held)
    return MakeWhole(amount, min(round_down(loss, scale), amount))


def replaced_by(failed: Range, later: Iterable[Range]) -> list[tuple[Range, ...]]:
    """Which units of a failed award each `later` one, in order of time, was the first to be given again."""
    left, first = set(range(failed[0], failed[0] + failed[1])), []
    for start, count in later:
        given = sorted(left & set(range(start, start + count)))
        left -= set(given)
        first.append(_ranges(given))
    return first


def _ranges(units: Sequence[int]) -> tuple[Range, ...]:
    ranges: list[Range] = []
    for unit in units:
        if ranges and sum(ranges[-1]) == unit:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + 1)
        else:
            ranges.append((unit, 1))
    return tuple(ranges)


def _cost(failed: Failed, replacement: Replacement, marks: Mapping[UUID, Decimal]) -> Decimal:
    edge_bps = failed.edge_bps if replacement.edge_bps is None else replacement.edge_bps
    dearer = of_notional(exact_notional_of(replacement.legs, failed.marks), difference(edge_bps, failed.edge_bps))
    gains = (gain(leg, failed.marks[leg.instrument_id], marks[leg.instrument_id]) for leg in replacement.legs)
    return difference(dearer, total(gains))


def venue_fault(
    notional_amount: Decimal, venue_fault_bps: Decimal, *, fees: Decimal, tranche: Decimal, scale: int
) -> tuple[Decimal, Decimal]:
    """What a provider gets where its venue let an award fail: out of its free `fees`, then of its first `tranche`; no
    more than they have, neither below zero."""
    owed = round_down(of_notional(notional_amount, venue_fault_bps), scale)
    from_fees = min(owed, fees)
    return from_fees, min(difference(owed, from_fees), tranche)
