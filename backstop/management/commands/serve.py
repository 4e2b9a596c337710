"""`manage.py serve` (`make serve`): the whole product on this machine, without a demo."""

from typing import Any

from django.core.management.base import BaseCommand

from backstop.stack import supervisor
from backstop.stack.whole import whole_stack


class Command(BaseCommand):
    help = (
        "Lay the tables, start everything on this machine, and stay up until Ctrl-C: on the servers that DATABASE_URL "
        "and BROKER_URL name, and on embedded ones where they name none. "
        "Example: manage.py serve"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with supervisor.until_signalled(), whole_stack(self._say) as stack:
            for line in (
                f"API         {stack.url}/v1/docs",
                f"Admin       {stack.url}/admin/   createsuperuser makes its first user",
                f"Operators   {stack.operators_url}/healthz/market and {stack.operators_url}/metrics",
                "Ctrl-C stops everything, within half a minute.",
            ):
                self._say(line)
            while True:
                stack.wait(1)
        self._say("Everything has stopped.")

    def _say(self, line: str) -> None:
        """At once, whoever reads it: a file is not written to line by line."""
        self.stdout.write(line)
        self.stdout.flush()
