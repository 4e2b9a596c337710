"""`manage.py curve`: the edges of a price curve at given seconds. Needs no database."""

from decimal import Decimal
from typing import Any

from auctions.offline.calculator import Answer, Calculator, Table
from auctions.offline.inputs import InputRefused, Node
from auctions.rules.curves import CURVES, Curve, CurveRefused, curve_of, edge_at, types_of
from backstop.values.amounts import to_text

SHAPES = " or ".join(f'{{"kind": "{name}", {", ".join(types_of(kind))}}}' for name, kind in CURVES.items())


class Command(Calculator):
    help = (
        "The edge of a Dutch auction's price curve, in basis points, after given effective seconds. Input: "
        f'{{"curve": {SHAPES}, knots being [[seconds, edge_bps], ...], '
        '"cap_edge_bps": number or null, "at": [seconds, ...]}. '
        'Output: {"edges": ["...", ...]}, accurate to 40 significant digits. Exit code 2 on bad input.'
    )

    def calculate(self, document: Node, options: dict[str, Any]) -> tuple[Answer, list[Table]]:
        fields = document.fields({"curve", "at"}, {"cap_edge_bps"})
        curve = read_curve(fields["curve"])
        cap = fields["cap_edge_bps"].decimal() if "cap_edge_bps" in fields else None
        seconds = [read_seconds(item) for item in fields["at"].items()]
        edges = [to_text(edge_at(curve, elapsed, cap)) for elapsed in seconds]
        return {"edges": edges}, [[("seconds", "edge_bps"), *zip(map(to_text, seconds), edges, strict=True)]]


def read_curve(node: Node) -> Curve:
    """The curve that an object describes; raises `InputRefused`."""
    node.members()
    try:
        return curve_of(node.value)
    except CurveRefused as refused:
        raise InputRefused(node.pointer + refused.pointer, refused.problem) from None


def read_seconds(node: Node) -> Decimal:
    """Elapsed seconds, not negative."""
    seconds = node.decimal()
    if seconds < 0:
        raise node.refuse("must not be negative")
    return seconds
