"""`manage.py migrate`: Django's, beside running programs, and then this release's functions, rights and limits."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connection

from backstop.database import SETTINGS
from backstop.management.policy import NeedsServer
from backstop.migrating import WholeMigrations, hurried, one_at_a_time, patiently, reached_at
from backstop.operations.grant_rights import grant_rights
from backstop.operations.install_functions import install_functions
from backstop.operations.set_settings import set_settings
from backstop.rights import Login, list_rights
from backstop.sql_functions import list_functions
from backstop.transactions import perform

ACTOR = "command:migrate"

migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]  # Django's command asks for no other


class Command(NeedsServer, migrate.Command):
    help = (
        f"{migrate.Command.help} Then creates the database functions of this release where they are absent, and drops "
        "those that are older than the previous release's, grants the application and a reader their rights, and sets "
        "the limits of the database. Connects as MIGRATE_DATABASE_URL says, may run beside the programs of the release "
        "before, and waits for another one that is under way. "
        "Example: manage.py migrate --plan"
    )

    def execute(self, *args: Any, **options: Any) -> Any:
        with reached_at(settings.MIGRATE_DATABASE):
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
        else:
            with one_at_a_time("migrate"):
                patiently(lambda: self._migrate(*args, **options), self.stderr.write)

    def _migrate(self, *args: Any, **options: Any) -> None:
        with connection.execute_wrapper(hurried):
            super().handle(*args, **options)
        if options["app_label"] is None:
            perform(install_functions, actor=ACTOR, functions=list_functions())
            perform(grant_rights, actor=ACTOR, tables=list_rights(), programs=_programs())
            perform(set_settings, actor=ACTOR, settings=SETTINGS)


def _programs() -> Login | None:
    """Whom the programs connect as, where MIGRATE_DATABASE_URL says that somebody else migrates."""
    programs = settings.DATABASES["default"]
    apart = settings.MIGRATE_DATABASE and programs["USER"]
    return Login(programs["USER"], programs["PASSWORD"]) if apart else None
