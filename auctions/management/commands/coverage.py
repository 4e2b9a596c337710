"""`manage.py coverage`: what stands behind the venue's markets, and whether it would take the largest accounts over."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from auctions.management.venues import one_venue
from auctions.offline.calculator import Table, aligned
from auctions.offline.inputs import InputRefused
from auctions.offline.scenario import read_scenario
from auctions.queries.coverage import MarketCoverage, list_coverage
from auctions.queries.demand import Demand, demand_of
from backstop import clock
from backstop.management.policy import NeedsTables
from backstop.values.amounts import to_text


class Command(NeedsTables):
    help = (
        "Funded capacity of standing commitments by product group and side, with the two largest providers gone too; "
        "against the largest 1, 2 and 5 accounts of a scenario: CSV with the columns account, instrument, side (LONG "
        'or SHORT) and quantity, or JSON {"positions": [{"account", "instrument", "side", "quantity"}]}. Each market '
        "and side by itself: the same collateral may stand behind several. Exit code 2 on a scenario that cannot be "
        "read, with its line. "
        "Example: manage.py coverage --venue example --scenario positions.csv"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--venue", metavar="CODE", help="the venue (needed where there are several)")
        parser.add_argument("--scenario", metavar="FILE", help="the positions of accounts that might fail")
        parser.add_argument("--format", choices=["json", "table"], default="table", help="how to write the answer")

    def handle(self, *args: Any, **options: Any) -> None:
        venue, now = one_venue(options["venue"]), clock.now()
        try:
            demand = demand_of(venue.id, read_scenario(options["scenario"])) if options["scenario"] else None
        except InputRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        lines = [_line(each, demand) for each in list_coverage(venue.id, now)]
        if options["format"] == "json":
            self.stdout.write(json.dumps({"venue": venue.code, "as_of": now.isoformat(), "lines": lines}, indent=2))
        else:
            self.stdout.write(aligned(_table(lines)))


def _line(each: MarketCoverage, demand: Demand | None) -> dict[str, Any]:
    market, coverage = each.market, each.coverage
    line: dict[str, Any] = {
        "product_group": market.group.code,
        "asset": market.asset.code,
        "side": each.side,
        "capacity": to_text(coverage.capacity),
        "without_two_largest": to_text(coverage.without_largest),
    }
    if demand is None:
        return line
    accounts = demand.get((market.group.id, market.asset.id, each.side), {})
    line["largest"] = [
        {
            "accounts": one.accounts,
            "notional": to_text(one.notional),
            "lacking": to_text(one.lacking),
            "lacking_without_two_largest": to_text(one.lacking_without_largest),
        }
        for one in coverage.shortfalls(accounts)
    ]
    return line


def _table(lines: list[dict[str, Any]]) -> Table:
    header = ["market", "capacity", "without two"]
    rows: Table = []
    for line in lines:
        row = [f"{line['product_group']} {line['asset']} {line['side']}", line["capacity"], line["without_two_largest"]]
        for one in line.get("largest", ()):
            row += [one["notional"], one["lacking"], one["lacking_without_two_largest"]]
        rows.append(row)
    if lines and "largest" in lines[0]:
        for one in lines[0]["largest"]:
            header += [f"largest {one['accounts']}", "lacking", "lacking without two"]
    return [header, *rows]
