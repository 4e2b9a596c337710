"""A market to play in: the stack of this checkout, found running or started for as long as it is needed."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connections

from backstop.stack import embedded, supervisor
from backstop.stack.whole import whole_stack


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API answers. `wait` lets time pass, and raises CannotRun once the stack has failed."""

    url: str
    wait: Callable[[float], None]


@contextlib.contextmanager
def market_place() -> Iterator[Place]:
    """One that runs already, which is then left running, or a whole stack."""
    with contextlib.ExitStack() as entered:
        url = supervisor.running_url()
        if url is None:
            stack = entered.enter_context(whole_stack())
            yield Place(stack.url, stack.wait)
        else:
            entered.enter_context(embedded.running())
            entered.callback(connections.close_all)
            yield Place(url, time.sleep)
