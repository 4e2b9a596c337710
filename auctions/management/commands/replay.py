"""`manage.py replay FILE`: recorded liquidations go through the market again, with robots that bid for them."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from auctions.management.bidding import add_bidding, crowd_of
from auctions.simulation import replay
from auctions.simulation.arrivals import Arrival, FileRefused, read_arrivals
from auctions.simulation.play import RunFailed
from backstop.values.amounts import from_text


class Command(BaseCommand):
    help = (
        "Play recorded liquidations (a CSV file) through the market: a venue of its own, books over the HTTP API, "
        "robot providers that bid and take over it, then a report. Columns: reference, received_at, instrument, kind "
        "(SPOT or LINEAR), side, quantity, mark_price, and optionally account, cash, entry_price, sold_at_price; "
        "others are carried into the report. Uses the running stack, or starts one and stops it. Exits 0 only if "
        "every book ended and everything adds up. "
        "Example: manage.py replay tests/data/cascade.csv --rows 12 --json report.json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument("--rows", type=int, metavar="N", help="only the first N rows (default: all)")
        parser.add_argument("--robots", type=int, default=6, metavar="K", help="how many providers bid (default: 6)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the robots' valuations (default: 1)")
        add_bidding(parser)
        parser.add_argument(
            "--debt-ratio", default="0.75", metavar="R", help="what spot has borrowed without cash (default: 0.75)"
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the report's figures to this file")

    def handle(self, **options: Any) -> None:
        arrivals = self._read(options)
        try:
            crowd = crowd_of(options, options["seed"])
            replay.run(arrivals, robots=options["robots"], crowd=crowd, json_path=options["json"])
        except RunFailed as failed:
            raise CommandError(str(failed), returncode=failed.code) from None

    def _read(self, options: dict[str, Any]) -> list[Arrival]:
        for name in ("rows", "robots"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name} must be at least 1")
        try:
            debt_ratio = from_text(options["debt_ratio"], "--debt-ratio")
            if not 0 <= debt_ratio <= 10:
                raise CommandError("--debt-ratio must be between 0 and 10")
            return read_arrivals(options["file"], options["rows"], debt_ratio)
        except ValueError as refused:
            raise CommandError(str(refused)) from None
        except FileRefused as refused:
            raise CommandError(f"{refused}; nothing was taken in") from None
