"""`manage.py curve`: the edges of a price curve at given seconds. Needs no database."""

from typing import Any

from auctions.management.calculator import Calculator
from auctions.offline import curve
from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Node
from auctions.rules.curves import CURVES, types_of

SHAPES = " or ".join(f'{{"kind": "{name}", {", ".join(types_of(kind))}}}' for name, kind in CURVES.items())


class Command(Calculator):
    help = (
        "The edge of a Dutch auction's price curve, in basis points, after given effective seconds. Input: "
        f'{{"curve": {SHAPES}, knots being [[seconds, edge_bps], ...], '
        '"cap_edge_bps": number or null, "at": [seconds, ...]}. '
        'Output: {"edges": ["...", ...]}, accurate to 40 significant digits. Exit code 2 on bad input. '
        """Example: echo '{"curve": {"kind": "PIECEWISE", "knots": [[0, 10], [60, 40]]}, "cap_edge_bps": 30, """
        """"at": [30, 60]}' | manage.py curve --format table"""
    )

    def calculate(self, document: Node, options: dict[str, Any]) -> Calculation:
        return curve.calculate(document)
