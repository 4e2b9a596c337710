#!/usr/bin/env python
"""The door to every command: `manage.py help` lists them. What cannot run says why in one line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError
    from environs import EnvError

    from backstop.stack.processes import CannotRun

    try:
        execute_from_command_line(sys.argv)
    except (CannotRun, EnvError) as reason:
        sys.exit(str(reason))
    except OperationalError as reason:
        sys.exit(f"the database does not answer; `make run` starts one, DATABASE_URL names one: {_first_line(reason)}")


def _first_line(reason: Exception) -> str:
    return str(reason).partition("\n")[0]


if __name__ == "__main__":
    main()
