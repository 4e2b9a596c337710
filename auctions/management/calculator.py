"""What the commands `clear`, `curve` and `simulate` have in common: arguments and exit codes.

They read one JSON document, need no database and no server, and on bad input leave with code 2 and one line.
"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from auctions.offline.calculator import Calculation, written
from auctions.offline.inputs import InputRefused, Node, read
from backstop.management.policy import NeedsNone


class Calculator(NeedsNone):
    """Turns a document into its answer; subclasses say how."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the input; - or none: standard input")
        parser.add_argument("--format", choices=["json", "table"], default="json", help="how to write the answer")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            calculation = self.calculate(read(options["file"]), options)
        except InputRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        self.stdout.write(written(calculation, options["format"]))

    def calculate(self, document: Node, options: dict[str, Any]) -> Calculation:
        """The answer; raises `InputRefused`."""
        raise NotImplementedError
