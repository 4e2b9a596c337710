"""`manage.py migrate`: Django's, and then the database functions of this release."""

from typing import Any

from django.core.management.commands import migrate

from backstop.operations.install_functions import install_functions
from backstop.sql_functions import list_functions
from backstop.transactions import perform


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} Then creates the database functions of this release where they are absent, and drops "
        "those that are older than the previous release's."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        everything = options["app_label"] is None and not (options["plan"] or options["check_unapplied"])
        if everything:
            perform(install_functions, actor="command:migrate", functions=list_functions())
