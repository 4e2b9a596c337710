"""A market to play in: the stack of this checkout, found running or started for as long as it is needed."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connections

from backstop.config import programs
from backstop.stack import embedded, supervisor


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API answers. `wait` lets time pass, and raises CannotRun once the stack has failed."""

    url: str
    wait: Callable[[float], None]
    ours: bool


@contextlib.contextmanager
def market_place(*, attach: bool) -> Iterator[Place]:
    """A healthy, migrated stack; one that runs already where `attach` allows it, which is then left running."""
    with embedded.running():
        try:
            url = supervisor.running_url() if attach else None
            if url is not None:
                yield Place(url, time.sleep, ours=False)
                return
            call_command("migrate", verbosity=0)
            with supervisor.running(programs.commands) as stack:
                yield Place(stack.url, stack.wait, ours=True)
        finally:
            connections.close_all()
