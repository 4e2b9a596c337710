"""`manage.py demo` (`make run`): the whole product on this machine, with a liquidation cascade to watch."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from auctions.simulation import demo
from auctions.simulation.play import RunFailed


class Command(BaseCommand):
    help = (
        "Start everything on this machine (PostgreSQL and Redis included), seed a venue with six providers, play a "
        "short liquidation cascade with robots that bid over the HTTP API, report, and stay up until Ctrl-C. With "
        "--once, end after the report: 0 only if every book ended, the audit holds and all processes stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the report")

    def handle(self, *, once: bool, **options: Any) -> None:
        try:
            demo.run(once=once)
        except RunFailed as failed:
            raise CommandError(str(failed), returncode=failed.code) from None
