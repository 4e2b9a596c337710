"""`manage.py demo` (`make run`): the whole product on this machine, with a liquidation cascade to watch."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from auctions.simulation import demo
from auctions.simulation.play import RunFailed


class Command(BaseCommand):
    help = (
        "Start everything on this machine (PostgreSQL and Redis included), seed a venue with six providers, play a "
        "short liquidation cascade with robots that bid over the HTTP API, report, and stay up until Ctrl-C: a book "
        "comes every two minutes then, and robots bid for it and for yours. With "
        "--once, end after the report: 0 only if every book ended, the audit holds and all processes stopped. With "
        "--show, say again how the demo that runs already is reached: addresses, login, keys. "
        "Example: manage.py demo --once"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--once", action="store_true", help="stop after the report")
        ways.add_argument("--show", action="store_true", help="start nothing: say how the demo that runs is reached")

    def handle(self, *, once: bool, show: bool, **options: Any) -> None:
        try:
            if show:
                self.stdout.write("\n".join(demo.invitation()))
            else:
                demo.run(once=once)
        except RunFailed as failed:
            raise CommandError(str(failed), returncode=failed.code) from None
