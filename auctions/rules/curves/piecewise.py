"""Curves of straight lines: up to what the estate can pay, then at the insurance fund's expense up to the cap."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from auctions.rules.curves.base import Curve, Parameters, require

Knot = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class PiecewiseParameters(Parameters):
    """The edge rises in `ramp_seconds` to the cap; with `fund_seconds` above 0 to what the estate can pay, and then for
    so long to the cap, at the fund's expense."""

    KIND = "PIECEWISE"

    ramp_seconds: int = 45
    fund_seconds: int = 0

    def __post_init__(self) -> None:
        require(self.ramp_seconds >= 1, "/ramp_seconds", "must be at least 1")
        require(self.fund_seconds >= 0, "/fund_seconds", "must not be negative")

    def curve(self, start_edge_bps: Decimal, solvent_edge_bps: Decimal, cap_edge_bps: Decimal) -> "Piecewise":
        estate = solvent_edge_bps if self.fund_seconds else cap_edge_bps
        return phased(start_edge_bps, estate, cap_edge_bps, Decimal(self.ramp_seconds), Decimal(self.fund_seconds))


@dataclass(frozen=True, slots=True)
class Piecewise(Curve):
    """Knots of (seconds, edge_bps), seconds rising: linear between them, flat before the first and after the last."""

    PARAMETERS = PiecewiseParameters

    knots: tuple[Knot, ...]

    def __post_init__(self) -> None:
        require(len(self.knots) > 0, "/knots", "must hold at least one knot")
        for index, (seconds, edge) in enumerate(self.knots):
            require(seconds.is_finite() and seconds >= 0, f"/knots/{index}/0", "must not be negative")
            require(edge.is_finite(), f"/knots/{index}/1", "must be a finite number")
            rises = index == 0 or seconds > self.knots[index - 1][0]
            require(rises, f"/knots/{index}/0", "must be later than the knot before")

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped."""
        after = bisect_right(self.knots, seconds, key=lambda knot: knot[0])
        if after == 0:
            return self.knots[0][1]
        if after == len(self.knots):
            return self.knots[-1][1]
        (left, low), (right, high) = self.knots[after - 1], self.knots[after]
        return low + (high - low) * (seconds - left) / (right - left)

    def instants(self, after_seconds: Decimal) -> Iterable[Decimal]:
        """Its knots."""
        return (seconds for seconds, _ in self.knots if seconds > after_seconds)


def phased(
    start_edge_bps: Decimal,
    estate_edge_bps: Decimal,
    cap_edge_bps: Decimal,
    solvent_seconds: Decimal,
    fund_seconds: Decimal,
) -> Piecewise:
    """The curve of an auction whose estate can pay up to `estate_edge_bps`, and the insurance fund the rest.

    First a solvent phase from the start to what the estate can pay, over `solvent_seconds`; then a phase that the fund
    pays, up to the cap, over `fund_seconds`. A phase with nothing to climb is left out: an estate that cannot pay the
    start edge begins with the fund's phase, one that can pay the cap never enters it. Nothing is beyond the cap.
    """
    start = min(start_edge_bps, cap_edge_bps)
    solvent = min(estate_edge_bps, cap_edge_bps)
    knots: list[Knot] = [(Decimal(0), start)]
    if solvent > start:
        knots.append((solvent_seconds, solvent))
    if cap_edge_bps > max(solvent, start):
        knots.append((knots[-1][0] + fund_seconds, cap_edge_bps))
    return Piecewise(tuple(knots))
