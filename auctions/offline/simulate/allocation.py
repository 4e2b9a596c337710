"""Against whom the last quantity is closed that nobody took."""

from accounts.rules.sharing.positions import Method, Opposite, close_against
from auctions.offline.calculator import Calculation, Row
from auctions.offline.inputs import Node
from auctions.offline.simulate.reading import by_id, positive_of
from backstop.values.amounts import ZERO, to_text


def calculate(document: Node) -> Calculation:
    """The accounts that are reached, and how far. Raises `InputRefused`."""
    fields = document.fields({"method", "quantity", "step", "price", "accounts"}, set())
    method = fields["method"].choice(Method)
    positive_of(fields["price"])
    accounts = by_id(fields["accounts"], lambda node: read_account(node, method))
    filled = close_against(fields["quantity"].not_negative(), positive_of(fields["step"]), accounts, method)
    rows: list[Row] = [(account, to_text(quantity)) for account, quantity in filled.items()]
    fills = [{"id": account, "quantity": quantity} for account, quantity in rows]
    return {"fills": fills}, [[("account", "quantity"), *rows]]


def read_account(node: Node, method: Method) -> Opposite[str]:
    """An account on the other side; only a rank needs its profit and leverage."""
    ranked = {"profit", "leverage"}
    fields = node.fields({"id", "quantity"} | (ranked if method is Method.RANK else set()), ranked)
    return Opposite(
        id=fields["id"].text(),
        quantity=positive_of(fields["quantity"]),
        profit=fields.get_or("profit", Node.decimal, ZERO),
        leverage=fields.get_or("leverage", Node.not_negative, ZERO),
    )
