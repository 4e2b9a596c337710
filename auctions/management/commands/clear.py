"""`manage.py clear`: what an auction decides for given terms and bids. Needs no database."""

from typing import Any

from django.core.management.base import CommandParser

from auctions.management.calculator import Calculator
from auctions.offline import clear
from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Node


class Command(Calculator):
    help = (
        "Who gets which units of a lot, at what edge in basis points, and what each provider is paid (units x edge). "
        'Input: {"format": "PAY_AS_BID", "UNIFORM" or "VICKREY", "price_rule": "LAST_ACCEPTED" or "FIRST_REJECTED", '
        '"units", "reserve_edge_bps", "min_bidders", "rationing": "PRO_RATA" or "SEQUENCE", "first_rejected_cap_bps", '
        '"bids": [{"id", "provider", "group", "units", "edge_bps", "tier", "sequence", "all_or_none", "min_units"}], '
        '"related": [[group, group]]}, whose groups count as one; '
        "of the terms format and units are required, of a bid id, provider, units and edge_bps. "
        "Exit code 2 on bad input, or where the format cannot clear the bids. "
        """Example: echo '{"format": "UNIFORM", "units": 9, "bids": [{"id": "a", "provider": "Alice", "units": 9, """
        """"edge_bps": 30}]}' | manage.py clear --compare"""
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--compare", action="store_true", help="all formats side by side for the same bids")

    def calculate(self, document: Node, options: dict[str, Any]) -> Calculation:
        return clear.calculate(document, compare=options["compare"])
