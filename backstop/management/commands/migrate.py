"""`manage.py migrate`: Django's, and then the database functions and the limits of this release."""

from collections.abc import Callable
from typing import Any

from django.core.management.commands import migrate
from django.db import connection

from backstop.database import LIMITS, lift_limits
from backstop.operations.install_functions import install_functions
from backstop.operations.set_limits import set_limits
from backstop.sql_functions import list_functions
from backstop.transactions import perform


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} Then creates the database functions of this release where they are absent, and drops "
        "those that are older than the previous release's, and sets the limits of the role that it connects as."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.execute_wrapper(_without_limits):
            super().handle(*args, **options)
        everything = options["app_label"] is None and not (options["plan"] or options["check_unapplied"])
        if everything:
            perform(install_functions, actor="command:migrate", functions=list_functions())
            perform(set_limits, actor="command:migrate", limits=LIMITS)


def _without_limits(execute: Callable[..., Any], *statement: Any) -> Any:
    """For each transaction anew: what a migration does may take long, and only in a transaction can it be said."""
    if connection.in_atomic_block:
        lift_limits()
    return execute(*statement)
