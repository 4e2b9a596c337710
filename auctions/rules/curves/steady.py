"""The curve of the patient: so much a second, whatever the cap."""

from dataclasses import dataclass
from decimal import Decimal

from auctions.rules.curves.base import Curve, Parameters, require


@dataclass(frozen=True, slots=True)
class SteadyParameters(Parameters):
    """The edge rises by `rise_bps` a second, up to the cap."""

    KIND = "STEADY"

    rise_bps: Decimal = Decimal("0.5")

    def __post_init__(self) -> None:
        _require_rise(self.rise_bps)

    def curve(self, start_edge_bps: Decimal, solvent_edge_bps: Decimal, cap_edge_bps: Decimal) -> "Steady":
        return Steady(start_edge_bps, self.rise_bps)


@dataclass(frozen=True, slots=True)
class Steady(Curve):
    """One line without an end: `start_edge_bps`, and `rise_bps` (> 0) more each second."""

    PARAMETERS = SteadyParameters

    start_edge_bps: Decimal
    rise_bps: Decimal

    def __post_init__(self) -> None:
        require(self.start_edge_bps.is_finite(), "/start_edge_bps", "must be a finite number")
        _require_rise(self.rise_bps)

    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds`, uncapped."""
        return self.start_edge_bps + self.rise_bps * seconds


def _require_rise(rise_bps: Decimal) -> None:
    require(rise_bps.is_finite() and rise_bps > 0, "/rise_bps", "must be above 0")
