"""What shares of a vault are given and paid for, step by step."""

import re
from collections import Counter
from enum import StrEnum

from accounts.rules.sharing.vaults import Pool
from auctions.offline.calculator import Calculation, Table
from auctions.offline.inputs import Node
from auctions.offline.simulate.reading import amount_of, scale_of
from backstop.values.amounts import from_smallest, to_smallest, to_text

SAYS = """\
What shares of a vault are given and paid for: each step is a "deposit" or a "withdraw" of somebody, or gives the vault
something or takes it from it ("give", "lose"). Answers {"steps": [{"shares", "amount", "assets", "supply"}]}."""
EXAMPLE = """\
{"scale": 0, "steps": [
 {"op": "deposit", "who": "Alice", "amount": "1000"},
 {"op": "give", "amount": "100"},
 {"op": "withdraw", "who": "Alice", "shares": "500000000"}]}"""

_SHARES = re.compile(r"[0-9]{1,78}", re.ASCII)


class Op(StrEnum):
    """What is done to a vault: by one of its depositors, or to all of them."""

    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    GIVE = "give"
    LOSE = "lose"


class SimulatedVault:
    """A pool, and how many shares of it each depositor has."""

    def __init__(self, scale: int) -> None:
        self.scale = scale
        self.pool = Pool()
        self.held: Counter[str] = Counter()

    def take(self, node: Node) -> dict[str, str]:
        """One step: the shares and the amount that changed hands, and what the vault is after it."""
        op = node.fields({"op"}, {"who", "amount", "shares"})["op"].choice(Op)
        shares, amount = self.withdrawn(node) if op is Op.WITHDRAW else self.moved(node, op)
        if not self.pool.supply:
            self.held.clear()
        return {
            "shares": str(shares),
            "amount": self.text(amount),
            "assets": self.text(self.pool.assets),
            "supply": str(self.pool.supply),
        }

    def withdrawn(self, node: Node) -> tuple[int, int]:
        """Somebody's shares are paid."""
        fields = node.fields({"op", "who", "shares"}, set())
        who, shares = fields["who"].text(), shares_of(fields["shares"])
        if shares > self.held[who]:
            raise fields["shares"].refuse(f"must be at most the {self.held[who]} that {who} has")
        amount = self.pool.worth_of(shares)
        self.pool = self.pool.without(shares)
        self.held[who] -= shares
        return shares, amount

    def moved(self, node: Node, op: Op) -> tuple[int, int]:
        """A deposit; or an amount is given or lost, for which there are no shares."""
        deposits = op is Op.DEPOSIT
        fields = node.fields({"op", "amount", *(["who"] if deposits else [])}, {"who"})
        amount = to_smallest(amount_of(fields["amount"], self.scale), self.scale)
        if not deposits:
            self.pool = self.pool.with_result(amount if op is Op.GIVE else -amount)
            return 0, amount
        shares = self.pool.shares_for(amount)
        if not shares:
            raise fields["amount"].refuse("buys no share: deposit more, or nothing while the vault owes")
        self.pool = self.pool.with_deposit(amount)
        self.held[fields["who"].text()] += shares
        return shares, amount

    def text(self, smallest: int) -> str:
        return to_text(from_smallest(smallest, self.scale))


def calculate(document: Node) -> Calculation:
    """What each step gives, pays and leaves. Raises `InputRefused`."""
    fields = document.fields({"scale", "steps"}, set())
    vault = SimulatedVault(scale_of(fields["scale"]))
    steps = [vault.take(node) for node in fields["steps"].items()]
    table: Table = [("step", "shares", "amount", "assets", "supply")]
    table += [(str(place), *step.values()) for place, step in enumerate(steps, 1)]
    return {"steps": steps}, [table]


def shares_of(node: Node) -> int:
    """A number of shares, whole: they may be more than a JSON number should say."""
    if isinstance(node.value, str) and _SHARES.fullmatch(node.value):
        return int(node.value)
    shares = node.whole() if not isinstance(node.value, str) else -1
    if shares < 0:
        raise node.refuse('must be a whole number of shares, such as "1999"')
    return shares
