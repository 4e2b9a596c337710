"""Curves along which the price, `1 - edge / 10000`, decays: smoothly, or by steps.

Source: Maker's Liquidations 2.0 (dss, abaci.sol).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from auctions.rules.curves.base import Curve, Parameters, multiples, require
from backstop.values.bps import BPS_PER_ONE

CUT = Decimal("0.999")


@dataclass(frozen=True, slots=True)
class ExponentialParameters(Parameters):
    """`cut` is what is left of the price (1 - edge) after each second: above 0, at most 1."""

    KIND = "EXPONENTIAL"

    cut: Decimal = CUT

    def __post_init__(self) -> None:
        _require_cut(self.cut)

    def curve(self, start_edge_bps: Decimal, solvent_edge_bps: Decimal, cap_edge_bps: Decimal) -> "Exponential":
        return Exponential(start_edge_bps, self.cut)


@dataclass(frozen=True, slots=True)
class Exponential(Curve):
    """The price fraction `1 - edge / 10000` is multiplied by `cut` (0 < cut <= 1) each second, smoothly in between.

    Source: `ExponentialDecrease`, `top * cut^dur`.
    """

    PARAMETERS = ExponentialParameters

    start_edge_bps: Decimal
    cut: Decimal

    def __post_init__(self) -> None:
        _require_start(self.start_edge_bps)
        _require_cut(self.cut)

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped; it approaches 10,000 and never reaches it."""
        return _decayed(self.start_edge_bps, self.cut, seconds)


@dataclass(frozen=True, slots=True)
class StairstepParameters(Parameters):
    """`cut` is what is left of the price (1 - edge) after each step of `step_seconds`: above 0, at most 1."""

    KIND = "STAIRSTEP"

    cut: Decimal = CUT
    step_seconds: int = 1

    def __post_init__(self) -> None:
        _require_cut(self.cut)
        require(self.step_seconds >= 1, "/step_seconds", "must be at least 1")

    def curve(self, start_edge_bps: Decimal, solvent_edge_bps: Decimal, cap_edge_bps: Decimal) -> "Stairstep":
        return Stairstep(start_edge_bps, self.cut, Decimal(self.step_seconds))


@dataclass(frozen=True, slots=True)
class Stairstep(Curve):
    """The price fraction `1 - edge / 10000` is multiplied by `cut` (0 < cut <= 1) every `step_seconds` (> 0).

    Source: `StairstepExponentialDecrease`, `top * cut^floor(dur / step)`. A step's new edge holds from its very second.
    """

    PARAMETERS = StairstepParameters

    start_edge_bps: Decimal
    cut: Decimal
    step_seconds: Decimal

    def __post_init__(self) -> None:
        _require_start(self.start_edge_bps)
        _require_cut(self.cut)
        require(self.step_seconds.is_finite() and self.step_seconds > 0, "/step_seconds", "must be positive")

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped."""
        return _decayed(self.start_edge_bps, self.cut, seconds // self.step_seconds)

    def instants(self, after_seconds: Decimal) -> Iterable[Decimal]:
        """The ends of its steps."""
        return multiples(self.step_seconds, after_seconds)


def _decayed(start_edge_bps: Decimal, cut: Decimal, times: Decimal) -> Decimal:
    return BPS_PER_ONE - (BPS_PER_ONE - start_edge_bps) * cut**times


def _require_start(start_edge_bps: Decimal) -> None:
    require(start_edge_bps.is_finite(), "/start_edge_bps", "must be a finite number")


def _require_cut(cut: Decimal) -> None:
    require(cut.is_finite() and 0 < cut <= 1, "/cut", "must be above 0 and at most 1")
