"""`manage.py simulate`: what risk sharing comes to in figures that somebody made up. Needs no database."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import CommandParser, DjangoHelpFormatter

from auctions.management.calculator import Calculator
from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Node
from auctions.offline.simulate import SIMULATIONS

OPENING = """\
Risk sharing in figures, as one JSON document. Amounts and whatever else may have decimals are decimal strings ("12.5")
of at most `scale` decimals; `scale` and parts are whole numbers. Exit code 2 on bad input."""


class AsWritten(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Paragraphs and examples stay what they are."""


class Command(Calculator):
    help = "\n\n".join(
        [
            OPENING,
            *(
                f"{name}:\n{each.says}\nExample: echo '{each.example}' | manage.py simulate {name}"
                for name, each in SIMULATIONS.items()
            ),
        ]
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, **kwargs, formatter_class=AsWritten)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=[*SIMULATIONS], metavar="WHAT", help=", ".join(SIMULATIONS))
        super().add_arguments(parser)

    def calculate(self, document: Node, options: dict[str, Any]) -> Calculation:
        return SIMULATIONS[options["what"]].calculate(document)
