"""`manage.py audit`: is every total, hold, use and cap what the rows underneath it say?"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from auctions.management.venues import one_venue
from auctions.operations.operator.audit import audit
from auctions.queries.audit import CHECKS
from backstop.management.policy import NeedsTables
from backstop.transactions import perform


class Command(NeedsTables):
    help = (
        "Compute every account, hold, use and cap again; exit 1 where one differs, naming each. "
        "Example: manage.py audit --venue example"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--venue", metavar="CODE", help="only this venue (default: all)")

    def handle(self, *, venue: str | None, **options: Any) -> None:
        found = perform(audit, actor="command:audit", venue_id=one_venue(venue).id if venue else None)
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} discrepancies")
        self.stdout.write(f"clean: {len(CHECKS)} checks")
