"""What a command of ours does about a database that is not there, or has not this release's tables: its base says so.

What the database refuses is explained in one line by `backstop.config.manage`.
"""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backstop import health
from backstop.stack import embedded


class NeedsNone(BaseCommand):
    """Computes from what it is given, without a database."""

    requires_system_checks: list[str] = []


class NeedsServer(BaseCommand):
    """Needs a database: where the environment names none, the embedded one runs for as long as the command does."""

    def execute(self, *args: Any, **options: Any) -> Any:
        with embedded.running(broker=False):
            return super().execute(*args, **options)


class NeedsTables(NeedsServer):
    """Needs this release's tables too, and does nothing without them."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        try:
            health.migrations()
        except health.Unhealthy as missing:
            raise CommandError(str(missing)) from None


class WaitsForServer(BaseCommand):
    """Runs until SIGTERM or SIGINT, and waits for a database that is away or not migrated yet."""

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        self.run(stopping)

    def run(self, stopping: threading.Event) -> None:
        raise NotImplementedError
