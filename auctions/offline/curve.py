"""The edges of a price curve at given seconds, as a document is answered by one."""

from decimal import Decimal

from auctions.offline.calculator import Calculation
from auctions.offline.inputs import InputRefused, Node
from auctions.rules.curves import Curve, CurveRefused, Exponential, Kind, Piecewise, Stairstep, edge_at
from backstop.values.amounts import to_text

FIELDS = {
    Kind.PIECEWISE: {"knots"},
    Kind.EXPONENTIAL: {"start_edge_bps", "cut"},
    Kind.STAIRSTEP: {"start_edge_bps", "cut", "step_seconds"},
}


def calculate(document: Node) -> Calculation:
    """The edges that the document asks for. Raises `InputRefused`."""
    fields = document.fields({"curve", "at"}, {"cap_edge_bps"})
    curve = read_curve(fields["curve"])
    cap = fields["cap_edge_bps"].decimal() if "cap_edge_bps" in fields else None
    seconds = [read_seconds(item) for item in fields["at"].items()]
    edges = [to_text(edge_at(curve, elapsed, cap)) for elapsed in seconds]
    return {"edges": edges}, [[("seconds", "edge_bps"), *zip(map(to_text, seconds), edges, strict=True)]]


def read_curve(node: Node) -> Curve:
    """The curve that an object describes; raises `InputRefused`."""
    named = node.fields({"kind"}, set.union(*FIELDS.values()))
    kind = named["kind"].choice(Kind)
    fields = node.fields({"kind"} | FIELDS[kind], set.union(*FIELDS.values()))
    foreign = sorted(fields.keys() - FIELDS[kind] - {"kind"})
    if foreign:
        raise fields[foreign[0]].refuse(f"has no meaning for the kind {kind}")
    try:
        if kind is Kind.PIECEWISE:
            return Piecewise(tuple(read_knot(item) for item in fields["knots"].items()))
        start, cut = fields["start_edge_bps"].decimal(), fields["cut"].decimal()
        if kind is Kind.EXPONENTIAL:
            return Exponential(start, cut)
        return Stairstep(start, cut, fields["step_seconds"].decimal())
    except CurveRefused as refused:
        raise InputRefused(node.pointer + refused.pointer, refused.problem) from None


def read_knot(node: Node) -> tuple[Decimal, Decimal]:
    """A knot of [seconds, edge_bps]."""
    items = node.items()
    if len(items) != 2:
        raise node.refuse("must be [seconds, edge_bps]")
    return items[0].decimal(), items[1].decimal()


def read_seconds(node: Node) -> Decimal:
    """Elapsed seconds, not negative."""
    seconds = node.decimal()
    if seconds < 0:
        raise node.refuse("must not be negative")
    return seconds
