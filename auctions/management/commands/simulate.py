"""`manage.py simulate`: what risk sharing comes to in figures that somebody made up. Needs no database."""

from typing import Any

from django.core.management.base import CommandParser

from auctions.management.calculator import Calculator
from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Node
from auctions.offline.simulate import SIMULATIONS


class Command(Calculator):
    help = (
        "Risk sharing in figures. Amounts are decimal strings of at most `scale` decimals. "
        'waterfall: {"loss", "scale", "layers": [{"id", "available", "per_event", "used", "per_24h", "used_24h", '
        '"members": [{"id", "weight", "available"}]}]} in order of rank (no limit: null; with members, which pay by '
        'weight, "available" may be left out) gives {"paid": [{"layer", "amount", "members": {id: amount}}], '
        '"unallocated"}. '
        'cover: {"attachment", "limit", "aggregate", "quota_share", "copay" (fractions), "scale", "parts": '
        '{insurer: of 10,000}, "unl": [...]} gives {"layer", "paid", "copaid", '
        '"insurers": {insurer: [...]}}, all cumulative; with "edges": [{insurer: amount}, ...], what of each UNL were '
        'edges to insurers\' own clusters, which pay alone what these "added". '
        'shares: {"scale", "steps": [{"op": "deposit", "withdraw", "give" or "lose", "who", "amount" or, to withdraw, '
        '"shares"}]} gives {"steps": [{"shares", "amount", "assets", "supply"}]}. '
        'allocation: {"method": "RANK" or "PRO_RATA", "quantity", "step", "price", "accounts": [{"id", "quantity", '
        '"profit", "leverage"}]} gives {"fills": [{"id", "quantity"}]}; of cash a quantity is what an account gained. '
        "Exit code 2 on bad input. "
        """Example: echo '{"loss": "150", "scale": 2, "layers": [{"id": "FUND", "available": "100"}]}' """
        "| manage.py simulate waterfall"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=[*SIMULATIONS], metavar="WHAT", help=", ".join(SIMULATIONS))
        super().add_arguments(parser)

    def calculate(self, document: Node, options: dict[str, Any]) -> Calculation:
        return SIMULATIONS[options["what"]](document)
