"""Django's commands and ours, as one program. What cannot run says why in one line."""

import os
import sys
from collections.abc import Sequence


def main(words: Sequence[str]) -> None:
    """Runs the command that `words` name after the program's own name; `help` lists them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")
    import psycopg
    from django.db import Error
    from environs import EnvError

    from backstop.config.listing import Commands
    from backstop.faults import explain
    from backstop.stack import embedded

    try:
        Commands(list(words)).execute()
    except (embedded.CannotRun, EnvError) as reason:
        sys.exit(str(reason))
    except (Error, psycopg.Error) as reason:
        explained = explain(reason)
        if explained is None:
            raise
        sys.exit(explained)
    except ModuleNotFoundError as missing:
        package = str(missing.name).partition(".")[0]
        if package not in embedded.PACKAGES:
            raise
        sys.exit(str(embedded.not_installed(package)))


if __name__ == "__main__":
    main(sys.argv)
