"""The programs of the stack, as command lines, for the supervisor and for containers alike.

`python -m backstop.config.programs web` becomes one of them (or the manage.py command of that name), which is what a
container runs.
"""

import os
import sys
from collections.abc import Mapping, Sequence

NAMES = ("web", "beat", "worker", "deadlines", "relay")


def commands(host: str, port: int) -> Mapping[str, Sequence[str]]:
    """In the order in which they are stopped: first what takes work in, last what publishes it."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "backstop.config.celery", "--quiet"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "web": [
            *[*python, "granian", "--interface", "wsgi", "--no-ws", "--host", host, "--port", str(port)],
            *["--workers", "2", "--blocking-threads", "8", "--backpressure", "64"],
            *["--workers-kill-timeout", "5", "--respawn-failed-workers", "--respawn-interval", "0.5"],
            "backstop.config.wsgi:application",
        ],
        "beat": [*celery, "beat"],
        "worker": [*worker, "--queues", "flow", "--concurrency", "2"],
        "deadlines": [*worker, "--queues", "deadlines", "--pool", "solo"],  # never behind a long sweep of the flow
        "relay": [sys.executable, "manage.py", "relay"],
    }


def become(arguments: Sequence[str]) -> None:
    """Replaces this process, so that signals of a container reach the program itself."""
    known = commands("0.0.0.0", int(os.environ.get("PORT", "8000")))
    manage = [sys.executable, "manage.py", *arguments]
    command = known.get(arguments[0], manage) if arguments else manage
    os.execv(command[0], list(command))


if __name__ == "__main__":
    become(sys.argv[1:])
