"""Curves of Dutch auctions: the edge on offer after so many effective seconds, along a curve of some kind.

Pure functions of the elapsed seconds (halts do not count, the caller subtracts them); never beyond the cap; accurate to
40 significant digits, of which takes use four decimals. `CURVES` has every kind of curve: a new one is a file beside
this one and an entry there.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any

from auctions.rules.curves.base import Curve, CurveRefused, Parameters, read, types_of
from auctions.rules.curves.decay import Exponential, Stairstep
from auctions.rules.curves.piecewise import Knot, Piecewise, phased
from auctions.rules.curves.steady import Steady
from backstop.values.amounts import from_smallest
from backstop.values.documents import plain

__all__ = [
    "CURVES",
    "Curve",
    "CurveRefused",
    "Exponential",
    "Parameters",
    "Piecewise",
    "Stairstep",
    "Steady",
    "curve_of",
    "edge_at",
    "parameters_of",
    "phased",
    "schedule",
    "snapshot_of",
    "trace",
    "types_of",
]

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
_WORKING = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
_SHOWN = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
AHEAD = 20
POINTS = 50
CURVES: dict[str, type[Curve]] = {kind.PARAMETERS.KIND: kind for kind in (Piecewise, Exponential, Stairstep, Steady)}


def snapshot_of(said: Curve | Parameters) -> dict[str, Any]:
    """A curve, or what a playbook says of one, as JSON that says its kind."""
    parameters = said.PARAMETERS if isinstance(said, Curve) else said
    return {"kind": parameters.KIND, **plain(said)}


def curve_of(snapshot: Mapping[str, Any]) -> Curve:
    """The curve that an object of JSON describes, as `snapshot_of` writes it. Raises `CurveRefused`."""
    return read(*_kind_of(snapshot))


def parameters_of(snapshot: Mapping[str, Any]) -> Parameters:
    """What a playbook says of its auctions' curves, with defaults for what is left out. Raises `CurveRefused`."""
    kind, said = _kind_of(snapshot)
    return read(kind.PARAMETERS, said)


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


def trace(curve: Curve, seconds: int, cap_edge_bps: Decimal | None) -> list[Decimal]:
    """The edges of a picture of the curve: from 0 to `seconds` (>= 0), both included, at 51 instants equally far apart
    and to the millisecond."""
    return [
        edge_at(curve, from_smallest(seconds * place * 1000 // POINTS, 3), cap_edge_bps) for place in range(POINTS + 1)
    ]


def schedule(curve: Curve, elapsed_seconds: Decimal, until_seconds: Decimal, cap_edge_bps: Decimal) -> list[Knot]:
    """Where the curve goes from `elapsed_seconds` (excluded; below zero: it has not started) to before `until_seconds`.

    The knots of a PIECEWISE curve; of the others the next instants at which a whole second, or a step, is over, at most
    20 and no further than the first at the cap. Every edge is that of `edge_at`.
    """
    found: list[Knot] = []
    for seconds in curve.instants(elapsed_seconds):
        if seconds >= until_seconds or len(found) == AHEAD:
            break
        found.append((seconds, edge_at(curve, seconds, cap_edge_bps)))
        if found[-1][1] == cap_edge_bps:
            break
    return found


def _kind_of(snapshot: Mapping[str, Any]) -> tuple[type[Curve], dict[str, Any]]:
    """Which kind it says that it is, and what else it says."""
    if not isinstance(snapshot, Mapping):
        raise CurveRefused("", "must be an object with a kind")
    kind = snapshot.get("kind")
    if kind is None:
        raise CurveRefused("/kind", "is missing")
    if kind not in list(CURVES):
        raise CurveRefused("/kind", f"must be one of {', '.join(CURVES)}")
    return CURVES[kind], {name: value for name, value in snapshot.items() if name != "kind"}
