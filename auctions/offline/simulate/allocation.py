"""Against whom the last quantity is closed that nobody took."""

from accounts.rules.sharing.positions import Method, Opposite, close_against
from auctions.offline.calculator import Calculation, Row
from auctions.offline.inputs import Node
from auctions.offline.simulate.reading import by_id, decimal_of, not_negative_of, positive_of
from backstop.values.amounts import ZERO, to_text

SAYS = """\
What nobody took of a position is closed against accounts on the other side, at a price: those first that have the most
profit x leverage (RANK), or all by their quantities (PRO_RATA); of cash a quantity is what an account gained. Answers
{"fills": [{"id", "quantity"}]}. A PRO_RATA needs neither "profit" nor "leverage"."""
EXAMPLE = """\
{"method": "RANK", "quantity": "1.5", "step": "0.1", "price": "100", "accounts": [
 {"id": "Alice", "quantity": "1", "profit": "10", "leverage": "2"},
 {"id": "Bob", "quantity": "1", "profit": "10", "leverage": "5"}]}"""


def calculate(document: Node) -> Calculation:
    """The accounts that are reached, and how far. Raises `InputRefused`."""
    fields = document.fields({"method", "quantity", "step", "price", "accounts"}, set())
    method = fields["method"].choice(Method)
    positive_of(fields["price"])
    accounts = by_id(fields["accounts"], lambda node: read_account(node, method))
    filled = close_against(not_negative_of(fields["quantity"]), positive_of(fields["step"]), accounts, method)
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
        profit=fields.get_or("profit", decimal_of, ZERO),
        leverage=fields.get_or("leverage", not_negative_of, ZERO),
    )
