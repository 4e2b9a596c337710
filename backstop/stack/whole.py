"""Everything on this machine: servers, tables and programs, for as long as somebody needs them."""

import contextlib
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connections

from backstop.config import programs
from backstop.stack import embedded, supervisor


@contextlib.contextmanager
def whole_stack(say: embedded.Say = embedded.quietly) -> Iterator[supervisor.Stack]:
    """A healthy, migrated stack, on the servers that the environment names or on embedded ones. Raises `CannotRun`,
    before anything is touched where this checkout runs already or a port is taken."""
    with supervisor.claimed(programs.commands, say) as stack, embedded.running(say=say):
        try:
            say("Laying the tables ...")
            call_command("migrate", verbosity=0)
            with stack.running():
                yield stack
        finally:
            connections.close_all()
