"""The programs `web` and `operators`: granian, serving the front program. `python -m backstop.front NAME HOST PORT`."""

import os
import sys
from dataclasses import dataclass
from importlib import import_module

import django
from django.conf import settings
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from backstop.config import host
from backstop.front.places import MOST_STREAMS

CONNECTIONS = 512 + MOST_STREAMS  # of each process; more wait in the kernel until one of them closes
HEAD_SECONDS = 5  # for a head to come; a connection on which nothing is asked is closed as soon
HEAD_BYTES = 64 * 1024  # more or less, as it is read in ever larger pieces
ENDING_SECONDS = 8  # for what is under way; a body may take five of them


@dataclass(frozen=True, slots=True)
class Listener:
    """What it is made of, and in how many processes it runs."""

    settings: str
    processes: int


LISTENERS = {
    "web": Listener("backstop.config.settings", processes=2),
    "operators": Listener("backstop.config.operators_settings", processes=1),
}


def main(name: str, address: str, port: int) -> None:
    """Serves until INT or TERM, and then answers what is under way."""
    os.environ["DJANGO_SETTINGS_MODULE"] = LISTENERS[name].settings
    host.share_measures(name)
    django.setup()
    import_module(settings.ROOT_URLCONF)  # what its processes, which are forked, need not load each
    server = Server(
        "backstop.config.asgi:application",
        address=address,
        port=port,
        interface=Interfaces.ASGINL,
        workers=LISTENERS[name].processes,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES),
        websockets=False,
        log_dictconfig=settings.LOGGING,
        log_level=LogLevels[settings.LOG_LEVEL.lower()],
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=ENDING_SECONDS,
    )
    server.serve()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
