"""What a cover pays as an event's losses grow, and each of its insurers."""

from decimal import Decimal

from accounts.rules.sharing.covers import ALL_PARTS, CoverTerms, by_insurer
from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Fields, Node
from auctions.offline.simulate.reading import amount_of, scale_of
from backstop.values.amounts import STORED_SCALE, to_text


def calculate(document: Node) -> Calculation:
    """The layer, what is paid, copaid and by whom at each UNL, all of it cumulative. Raises `InputRefused`."""
    fields = document.fields({"attachment", "limit", "quota_share", "copay", "scale", "parts", "unl"}, {"aggregate"})
    terms = read_terms(fields)
    parts = read_parts(fields["parts"])
    unl = read_growing(fields["unl"], terms.scale)
    paid = [terms.paid(each) for each in unl]
    by_each = [by_insurer(amount, parts, terms.scale) for amount in paid]
    columns = {
        "layer": [*map(to_text, map(terms.layer, unl))],
        "paid": [*map(to_text, paid)],
        "copaid": [*map(to_text, map(terms.copaid, unl))],
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
