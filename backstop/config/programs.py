"""The programs of the stack, as command lines, for the supervisor and for containers alike.

`backstop web` becomes one of them, which is what a container runs; `backstop alive clock` asks whether one without an
address of its own moves on; other words are a command of `manage.py`.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from backstop.config import manage
from backstop.pulse import Pulse
from backstop.stack import embedded

LOOPBACK = "127.0.0.1"
PULSES = ("clock", "worker", "deadlines", "relay")  # those without an address to ask
NAMES = ("web", "operators", "clock", "worker", "deadlines", "relay")


def commands(host: str, port: int, operators_port: int, operators_host: str = LOOPBACK) -> Mapping[str, Sequence[str]]:
    """In the order in which they are stopped: first what takes work in, last what publishes it. What operators are told
    is for this host alone, unless said."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "backstop.config.celery", "--quiet"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "web": [*python, "backstop.front", "web", host, str(port)],
        "operators": [*python, "backstop.front", "operators", operators_host, str(operators_port)],
        "clock": [*python, "backstop.config.manage", "run_clock"],
        "worker": [*worker, "--hostname", "worker@%h", "--queues", "wake-flow", "--concurrency", "2"],
        "deadlines": [
            *worker,
            "--hostname",
            "deadlines@%h",
            "--queues",
            "wake-deadlines",
            "--pool",
            "solo",
        ],  # never behind a long sweep of the flow
        "relay": [*python, "backstop.config.manage", "relay"],
    }


def main() -> None:
    """Replaces this process by the program, so that signals of a container reach the program itself."""
    known = commands(
        "0.0.0.0",
        int(os.environ.get("PORT", "8000")),
        int(os.environ.get("OPERATORS_PORT", "9000")),
        os.environ.get("OPERATORS_HOST", LOOPBACK),
    )
    words = sys.argv[1:]
    folder = embedded.servers().folder
    match words:
        case [name] if name in known:
            embedded.make_private(folder)
            os.execv(sys.executable, list(known[name]))
        case ["alive", name] if name in PULSES:
            sys.exit(None if Pulse(folder, name).is_there() else f"{name} has no pulse")
        case _:
            manage.main(["backstop", *words])


if __name__ == "__main__":
    main()
