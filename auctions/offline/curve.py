"""The edges of a price curve at given seconds, as a document is answered by one."""

from auctions.offline.calculator import Calculation
from auctions.offline.inputs import InputRefused, Node
from auctions.rules.curves import Curve, CurveRefused, curve_of, edge_at
from backstop.values.amounts import to_text


def calculate(document: Node) -> Calculation:
    """The edges that the document asks for. Raises `InputRefused`."""
    fields = document.fields({"curve", "at"}, {"cap_edge_bps"})
    curve = read_curve(fields["curve"])
    cap = fields["cap_edge_bps"].decimal() if "cap_edge_bps" in fields else None
    seconds = [item.not_negative() for item in fields["at"].items()]
    edges = [to_text(edge_at(curve, elapsed, cap)) for elapsed in seconds]
    return {"edges": edges}, [[("seconds", "edge_bps"), *zip(map(to_text, seconds), edges, strict=True)]]


def read_curve(node: Node) -> Curve:
    """The curve that an object describes; raises `InputRefused`."""
    node.members()
    try:
        return curve_of(node.value)
    except CurveRefused as refused:
        raise InputRefused(node.pointer + refused.pointer, refused.problem) from None
