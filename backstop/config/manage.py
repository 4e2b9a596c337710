"""Django's commands and ours, as one program. What cannot run says why in one line."""

import os
import sys
from collections.abc import Sequence


def main(words: Sequence[str]) -> None:
    """Runs the command that `words` name after the program's own name; `help` lists them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError
    from environs import EnvError

    from backstop.database import LOST, sqlstate_of
    from backstop.stack import embedded

    try:
        execute_from_command_line(list(words))
    except (embedded.CannotRun, EnvError) as reason:
        sys.exit(str(reason))
    except OperationalError as reason:
        if sqlstate_of(reason) != LOST:
            sys.exit(f"the database could not do it now: {_first_line(reason)}")
        sys.exit(f"the database does not answer; `make run` starts one, DATABASE_URL names one: {_first_line(reason)}")
    except ModuleNotFoundError as missing:
        package = str(missing.name).partition(".")[0]
        if package not in embedded.PACKAGES:
            raise
        sys.exit(str(embedded.not_installed(package)))


def _first_line(reason: Exception) -> str:
    return str(reason).partition("\n")[0]


if __name__ == "__main__":
    main(sys.argv)
