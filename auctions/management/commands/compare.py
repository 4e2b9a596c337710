"""`manage.py compare FILE`: mechanisms in one world. Needs no database."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from auctions.management.bidding import add_bidding, crowd_of
from auctions.rules.outcome import HORIZON_SECONDS
from auctions.simulation.arrivals import FileRefused, read_arrivals
from auctions.simulation.contest.bidders import Manner
from auctions.simulation.contest.paths import PATHS
from auctions.simulation.contest.run import MECHANISMS, Contest, table
from backstop.management.policy import NeedsNone

DEBT_RATIO = Decimal("0.75")


class Command(NeedsNone):
    help = (
        "Sell the liquidations of a CSV file (as for replay) by several mechanisms in one simulated world: ours with "
        "the patient and the fast preset, Maker's liquidations 2.0 (clip) and 1.2 (flip), Blend's and Derive's. Each "
        "has the same marks, bidders, capital and valuations. Prints what everybody behind the books lost, in "
        "thousands, as means over the seeds. Exit code 2 on bad input. "
        "Example: manage.py compare tests/data/cascade.csv --rows 4 --seeds 2"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument(
            "--mechanisms", default=",".join(MECHANISMS), metavar="M,…", help="which (default: %(default)s)"
        )
        add_bidding(parser)
        parser.add_argument("--path", choices=list(PATHS), default="given", help="how marks move (default: given)")
        parser.add_argument(
            "--bidders", choices=[each.value for each in Manner], default="truthful", help="how they ask"
        )
        parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds 1 to N (default: 1)")
        parser.add_argument("--rows", type=int, metavar="N", help="only the first N rows (default: all)")
        parser.add_argument(
            "--horizon", type=int, default=HORIZON_SECONDS, metavar="S", help="judged after so long (default: 21600)"
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="write a row for each seed and mechanism")

    def handle(self, **options: Any) -> None:
        contest = self._contest(options)
        out: Path | None = options["json"]
        if out and not out.absolute().parent.is_dir():
            raise CommandError(f"{out}: there is no such folder", returncode=2)
        rows = list(contest.rows())
        if out:
            out.write_text(json.dumps({"rows": rows}, indent=2) + "\n", encoding="utf-8")
        lines = table(rows)
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            self.stdout.write("  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)))

    def _contest(self, options: dict[str, Any]) -> Contest:
        mechanisms = options["mechanisms"].split(",")
        for name in mechanisms:
            if name not in MECHANISMS:
                raise CommandError(f"--mechanisms: {name!r} is none of {', '.join(MECHANISMS)}", returncode=2)
        for name in ("rows", "seeds", "horizon"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name} must be at least 1", returncode=2)
        try:
            arrivals = read_arrivals(options["file"], options["rows"], DEBT_RATIO)
        except FileRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        return Contest(
            arrivals=arrivals,
            crowd=crowd_of(options),
            mechanisms=tuple(dict.fromkeys(mechanisms)),
            path=options["path"],
            seeds=options["seeds"],
            horizon_seconds=options["horizon"],
        )
