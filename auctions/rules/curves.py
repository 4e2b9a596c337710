"""The price clock of a Dutch auction: the edge on offer after so many effective seconds.

Pure functions of the elapsed seconds (halts do not count, the caller subtracts them); never beyond the cap; accurate to
40 significant digits, of which takes use four decimals.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from enum import StrEnum
from itertools import count
from typing import Any

from backstop.values.amounts import ZERO, to_text
from backstop.values.bps import BPS_PER_ONE

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
_WORKING = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
_SHOWN = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=_TRAPS)


class Kind(StrEnum):
    """How an edge rises: along knots, smoothly towards the whole price, or by steps towards it."""

    PIECEWISE = "PIECEWISE"
    EXPONENTIAL = "EXPONENTIAL"
    STAIRSTEP = "STAIRSTEP"


Knot = tuple[Decimal, Decimal]
AHEAD = 20


class CurveRefused(ValueError):
    """A curve that says nothing sensible; `pointer` is the JSON pointer to the fault inside the curve."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer}: {problem}")
        self.pointer = pointer
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Piecewise:
    """Knots of (seconds, edge_bps), seconds rising: linear between them, flat before the first and after the last."""

    knots: tuple[Knot, ...]

    def __post_init__(self) -> None:
        _require(len(self.knots) > 0, "/knots", "must hold at least one knot")
        for index, (seconds, edge) in enumerate(self.knots):
            _require(seconds.is_finite() and seconds >= 0, f"/knots/{index}/0", "must not be negative")
            _require(edge.is_finite(), f"/knots/{index}/1", "must be a finite number")
            rises = index == 0 or seconds > self.knots[index - 1][0]
            _require(rises, f"/knots/{index}/0", "must be later than the knot before")

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped."""
        after = bisect_right(self.knots, seconds, key=lambda knot: knot[0])
        if after == 0:
            return self.knots[0][1]
        if after == len(self.knots):
            return self.knots[-1][1]
        (left, low), (right, high) = self.knots[after - 1], self.knots[after]
        return low + (high - low) * (seconds - left) / (right - left)


@dataclass(frozen=True, slots=True)
class Exponential:
    """The price fraction `1 - edge / 10000` is multiplied by `cut` (0 < cut <= 1) each second, smoothly in between.

    Source: `ExponentialDecrease` of Maker's Liquidations 2.0 (dss, abaci.sol), `top * cut^dur`.
    """

    start_edge_bps: Decimal
    cut: Decimal

    def __post_init__(self) -> None:
        _require_decay(self.start_edge_bps, self.cut)

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped; it approaches 10,000 and never reaches it."""
        return _decayed(self.start_edge_bps, self.cut, seconds)


@dataclass(frozen=True, slots=True)
class Stairstep:
    """The price fraction `1 - edge / 10000` is multiplied by `cut` (0 < cut <= 1) every `step_seconds` (> 0).

    Source: `StairstepExponentialDecrease` of Maker's Liquidations 2.0 (dss, abaci.sol), `top * cut^floor(dur / step)`.
    A step's new edge holds from its very second.
    """

    start_edge_bps: Decimal
    cut: Decimal
    step_seconds: Decimal

    def __post_init__(self) -> None:
        _require_decay(self.start_edge_bps, self.cut)
        _require(self.step_seconds.is_finite() and self.step_seconds > 0, "/step_seconds", "must be positive")

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped."""
        return _decayed(self.start_edge_bps, self.cut, seconds // self.step_seconds)


Curve = Piecewise | Exponential | Stairstep


def snapshot_of(curve: Curve) -> dict[str, Any]:
    """The curve as JSON that says what it is, in the form that `manage.py curve` reads."""
    match curve:
        case Piecewise(knots):
            return {"kind": Kind.PIECEWISE.value, "knots": [[to_text(at), to_text(edge)] for at, edge in knots]}
        case Exponential(start, cut):
            return {"kind": Kind.EXPONENTIAL.value, "start_edge_bps": to_text(start), "cut": to_text(cut)}
        case Stairstep(start, cut, step):
            decay = {"start_edge_bps": to_text(start), "cut": to_text(cut), "step_seconds": to_text(step)}
            return {"kind": Kind.STAIRSTEP.value, **decay}


def curve_of(snapshot: Mapping[str, Any]) -> Curve:
    """The curve that `snapshot_of` wrote."""
    if snapshot["kind"] == Kind.PIECEWISE:
        return Piecewise(tuple((Decimal(at), Decimal(edge)) for at, edge in snapshot["knots"]))
    start, cut = Decimal(snapshot["start_edge_bps"]), Decimal(snapshot["cut"])
    if snapshot["kind"] == Kind.EXPONENTIAL:
        return Exponential(start, cut)
    return Stairstep(start, cut, Decimal(snapshot["step_seconds"]))


def edge_at(curve: Curve, elapsed_seconds: Decimal, cap_edge_bps: Decimal | None) -> Decimal:
    """The edge on offer after `elapsed_seconds` (>= 0, fractions allowed), at most the cap; None is without a cap.

    Exact where 40 significant digits hold it, otherwise rounded to them; a take floors it to four decimals
    (`bps.floor_edge`).
    """
    if not (elapsed_seconds.is_finite() and elapsed_seconds >= 0):
        raise ValueError("the elapsed seconds must not be negative")
    with localcontext(_WORKING):
        edge = curve.edge_after(elapsed_seconds)
    edge = _SHOWN.plus(edge)
    return edge if cap_edge_bps is None else min(edge, cap_edge_bps)


def schedule(curve: Curve, elapsed_seconds: Decimal, until_seconds: Decimal, cap_edge_bps: Decimal) -> list[Knot]:
    """Where the curve goes from `elapsed_seconds` (excluded; below zero: it has not started) to before `until_seconds`.

    The knots of a PIECEWISE curve; of the others the next instants at which a whole second, or a step, is over, at most
    20 and no further than the first at the cap. Every edge is that of `edge_at`.
    """
    found: list[Knot] = []
    for seconds in _instants(curve, elapsed_seconds):
        if seconds >= until_seconds or len(found) == AHEAD:
            break
        found.append((seconds, edge_at(curve, seconds, cap_edge_bps)))
        if found[-1][1] == cap_edge_bps:
            break
    return found


def _instants(curve: Curve, after_seconds: Decimal) -> Iterable[Decimal]:
    if isinstance(curve, Piecewise):
        return (seconds for seconds, _ in curve.knots if seconds > after_seconds)
    step = curve.step_seconds if isinstance(curve, Stairstep) else Decimal(1)
    first = after_seconds // step + 1 if after_seconds >= 0 else ZERO
    return (step * number for number in count(int(first)))


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


def _decayed(start_edge_bps: Decimal, cut: Decimal, times: Decimal) -> Decimal:
    return BPS_PER_ONE - (BPS_PER_ONE - start_edge_bps) * cut**times


def _require_decay(start_edge_bps: Decimal, cut: Decimal) -> None:
    _require(start_edge_bps.is_finite(), "/start_edge_bps", "must be a finite number")
    _require(cut.is_finite() and 0 < cut <= 1, "/cut", "must be above 0 and at most 1")


def _require(holds: bool, pointer: str, problem: str) -> None:
    if not holds:
        raise CurveRefused(pointer, problem)
