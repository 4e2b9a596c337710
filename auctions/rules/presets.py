"""Presets of a playbook: parameters that go together, by name, and what each trades for what.

PATIENT waits for capital that is bound elsewhere to come back: it places more, and cheaper, while what waits drifts.
FAST is done within half an hour: commitments first, short windows, a steep clock; what nobody takes by then is the
fund's.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

LINE_TO_CAP = MappingProxyType({"kind": "PIECEWISE", "ramp_seconds": 45, "fund_seconds": 0})


class Preset(StrEnum):
    """The names of the presets."""

    PATIENT = "PATIENT"
    FAST = "FAST"


PRESETS: Mapping[Preset, Mapping[str, Any]] = MappingProxyType(
    {
        Preset.PATIENT: MappingProxyType(
            {
                "assign": "BY_REGIME",
                "sealed_seconds": 60,
                "max_reopenings": 1,
                "reopening_seconds": 30,
                "dutch_start_bps": Decimal(0),
                "dutch_rise_bps": Decimal("0.5"),
                "dutch_seconds": 1200,
                "retry_seconds": 60,
                "max_waterfall_seconds": 10800,
            }
        ),
        Preset.FAST: MappingProxyType(
            {
                "assign": "FIRST",
                "sealed_seconds": 30,
                "max_reopenings": 1,
                "reopening_seconds": 15,
                "dutch_start_bps": Decimal(0),
                "dutch_rise_bps": None,
                "dutch_curve": LINE_TO_CAP,
                "dutch_seconds": 60,
                "retry_seconds": 30,
                "max_waterfall_seconds": 1800,
            }
        ),
    }
)
