"""Who pays a loss, by the layers of a loss plan."""

from decimal import Decimal

from accounts.rules.sharing.losses import Allocation, Layer, LayerMember, allocate
from auctions.offline.calculator import Calculation, Table
from auctions.offline.inputs import Node
from auctions.offline.simulate.reading import amount_of, by_id, not_negative_of, scale_of
from backstop.values.amounts import ZERO, to_text

SAYS = """\
Who pays a loss: layers in order of rank, each at most what it has and what its limits leave; members of a layer pay by
weight, each at most what it has. No limit ("per_event", "per_24h", of which "used" and "used_24h" are gone) is null or
left out; a layer with members may leave out "available". Answers {"paid": [{"layer", "amount", "members": {id:
amount}}], "unallocated"}."""
EXAMPLE = """\
{"loss": "150", "scale": 2, "layers": [
 {"id": "FUND", "available": "100", "per_event": "50", "used": "10", "per_24h": null, "used_24h": "0"},
 {"id": "MUTUAL", "members": [
  {"id": "Alice", "weight": "2", "available": "50"}, {"id": "Bob", "weight": "1", "available": "20.5"}]}]}"""


def calculate(document: Node) -> Calculation:
    """What each layer pays of the loss. Raises `InputRefused`."""
    fields = document.fields({"loss", "scale", "layers"}, set())
    scale = scale_of(fields["scale"])
    layers = by_id(fields["layers"], lambda node: read_layer(node, scale))
    allocation = allocate(amount_of(fields["loss"], scale), layers, scale)
    paid = [
        {
            "layer": payment.layer,
            "amount": to_text(payment.amount),
            "members": {member: to_text(amount) for member, amount in payment.members.items()},
        }
        for payment in allocation.paid
    ]
    return {"paid": paid, "unallocated": to_text(allocation.unallocated)}, [as_table(allocation)]


def read_layer(node: Node, scale: int) -> Layer[str]:
    """One layer; `available` may be left out where members have something."""
    fields = node.fields({"id"}, {"available", "per_event", "used", "per_24h", "used_24h", "members"})

    def amount(field: Node) -> Decimal:
        return amount_of(field, scale)

    none: list[LayerMember[str]] = []
    members = fields.get_or("members", lambda field: by_id(field, lambda item: read_member(item, scale)), none)
    available = fields.get_or("available", amount, None)
    if available is None and not members:
        raise node.child("available").refuse("is missing: only a layer with members may leave it out")
    return Layer(
        id=fields["id"].text(),
        available=available,
        per_event=fields.get_or("per_event", amount, None),
        used=fields.get_or("used", amount, ZERO),
        per_24h=fields.get_or("per_24h", amount, None),
        used_24h=fields.get_or("used_24h", amount, ZERO),
        members=tuple(members),
    )


def read_member(node: Node, scale: int) -> LayerMember[str]:
    """One of a layer's members."""
    fields = node.fields({"id", "weight", "available"}, set())
    return LayerMember(fields["id"].text(), not_negative_of(fields["weight"]), amount_of(fields["available"], scale))


def as_table(allocation: Allocation[str]) -> Table:
    """The same for the eye: the layers, their members beneath them, and what nobody pays."""
    rows: Table = [("layer", "member", "amount")]
    for payment in allocation.paid:
        rows.append((payment.layer, "", to_text(payment.amount)))
        rows += [("", member, to_text(amount)) for member, amount in payment.members.items()]
    return [*rows, ("unallocated", "", to_text(allocation.unallocated))]
