"""What a cover pays as an event's losses grow, and each of its insurers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from accounts.rules.sharing.covers import ALL_PARTS, CoverTerms
from accounts.rules.sharing.own_edges import of_event
from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Fields, Node
from auctions.offline.simulate.reading import amount_of, scale_of
from backstop.values.amounts import STORED_SCALE, ZERO, to_text, total

SAYS = """\
What a cover pays as an event's losses (UNL, each at least the one before) grow, and each of its insurers. "quota_share"
and "copay" are fractions, "parts" are 10,000 together, an "aggregate" may be left out. Answers {"layer", "paid",
"copaid", "insurers": {insurer: [...]}}, all cumulative. With "edges": [{insurer: amount}, ...], what of each UNL were
edges to insurers' own clusters, these alone pay what that "added"."""
EXAMPLE = """\
{"attachment": "1000", "limit": "5000", "aggregate": null, "quota_share": "0.8", "copay": "0.1", "scale": 2,
 "parts": {"Alice": 3000, "Bob": 7000}, "unl": ["600", "1400", "6000"]}"""

Edges = dict[str, Decimal]  # to an insurer's own cluster, by insurer


def calculate(document: Node) -> Calculation:
    """The layer, what is paid, copaid and by whom at each UNL, all of it cumulative; with edges also what these added.
    Raises `InputRefused`."""
    required = {"attachment", "limit", "quota_share", "copay", "scale", "parts", "unl"}
    fields = document.fields(required, {"aggregate", "edges"})
    terms = read_terms(fields)
    parts = read_parts(fields["parts"])
    unl = read_growing(fields["unl"], terms.scale)
    edges = fields.get_or("edges", lambda node: read_edges(node, unl, parts, terms.scale), None)
    events = [of_event(terms, each, own) for each, own in zip(unl, edges or [{}] * len(unl), strict=True)]
    by_each = [event.owed(event.insured, parts, terms.scale) for event in events]
    columns = {
        "layer": [*map(to_text, map(terms.layer, unl))],
        "paid": [to_text(event.insured) for event in events],
        "copaid": [*map(to_text, map(terms.copaid, unl))],
        **({} if edges is None else {"added": [to_text(event.added) for event in events]}),
    }
    insurers = {name: [to_text(each[name]) for each in by_each] for name in parts}
    heading = ("unl", *columns, *insurers)
    rows = zip(map(to_text, unl), *columns.values(), *insurers.values(), strict=True)
    return columns | {"insurers": insurers}, [[heading, *rows]]


def read_terms(fields: Fields) -> CoverTerms:
    """The terms among the fields of a document."""
    scale = scale_of(fields["scale"])
    return CoverTerms(
        attachment=amount_of(fields["attachment"], scale),
        limit=amount_of(fields["limit"], scale),
        quota_share=fraction_of(fields["quota_share"]),
        copay=fraction_of(fields["copay"]),
        scale=scale,
        aggregate_left=fields.get_or("aggregate", lambda node: amount_of(node, scale), None),
    )


def fraction_of(node: Node) -> Decimal:
    """A fraction from 0 to 1."""
    fraction = amount_of(node, STORED_SCALE)
    if fraction > 1:
        raise node.refuse('must be a fraction from "0" to "1", such as "0.8"')
    return fraction


def read_parts(node: Node) -> dict[str, int]:
    """The parts of each insurer, which are 10,000 together."""
    parts = {name: each.whole() for name, each in node.members().items()}
    for name, count in parts.items():
        if count < 1:
            raise node.child(name).refuse("must be at least 1")
    if sum(parts.values()) != ALL_PARTS:
        raise node.refuse(f"must be {ALL_PARTS} together, and are {sum(parts.values())}")
    return parts


def read_growing(node: Node, scale: int) -> list[Decimal]:
    """Amounts of which none is below the one before it."""
    amounts: list[Decimal] = []
    for item in node.items():
        amount = amount_of(item, scale)
        if amounts and amount < amounts[-1]:
            raise item.refuse(f"must not be below the one before it, {to_text(amounts[-1])}: losses are cumulative")
        amounts.append(amount)
    return amounts


def read_edges(node: Node, unl: Sequence[Decimal], parts: Mapping[str, int], scale: int) -> list[Edges]:
    """Of each UNL what of it were edges to insurers' own clusters, each at least what it was before; who is not named
    has what it had."""
    items = node.items()
    if len(items) != len(unl):
        raise node.refuse(f"must have one for each UNL, {len(unl)} in all, and has {len(items)}")
    edges: list[Edges] = []
    before = dict.fromkeys(parts, ZERO)
    for item, cost in zip(items, unl, strict=True):
        now = {name: amount_of(each, scale) for name, each in item.members().items()}
        for name, amount in now.items():
            if name not in parts:
                raise item.child(name).refuse("must be an insurer of the parts")
            if amount < before[name]:
                raise item.child(name).refuse(
                    f"must not be below the one before it, {to_text(before[name])}: edges are cumulative"
                )
        before |= now
        if total(before.values()) > cost:
            raise item.refuse(f"must not be more together than the UNL that they are in, {to_text(cost)}")
        edges.append(dict(before))
    return edges
