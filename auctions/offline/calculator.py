"""What the calculators have in common: arguments, exit codes and how an answer is written.

The base of the commands `clear` and `curve`. They read one JSON document, need no database and no server, and on bad
input leave with code 2 and one line.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from auctions.offline.inputs import InputRefused, Node, read

Answer = dict[str, Any]

Row = Sequence[str]

Table = list[Row]


class Calculator(BaseCommand):
    """Turns a document into an answer and the same answer as tables; subclasses say how."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the input; - or none: standard input")
        parser.add_argument("--format", choices=["json", "table"], default="json", help="how to write the answer")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer, tables = self.calculate(read(options["file"]), options)
        except InputRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        if options["format"] == "json":
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n\n".join(aligned(rows) for rows in tables))

    def calculate(self, document: Node, options: dict[str, Any]) -> tuple[Answer, list[Table]]:
        """The answer as it is written in JSON, and as tables; raises `InputRefused`."""
        raise NotImplementedError


def aligned(rows: Table) -> str:
    """Rows of one width as lines: the first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip())
    return "\n".join(lines)
