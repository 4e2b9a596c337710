"""`manage.py run_clock`: the market's clock. Any number may run, on any hosts."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from auctions.clock_rounds import keep_time
from backstop.config import host


class Command(BaseCommand):
    help = (
        "Run whatever is due by the database's clock and sleep until the next deadline; needs no broker and no worker. "
        "Runs until SIGTERM or SIGINT, and waits for a database that is away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        host.share_measures("clock")
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        keep_time(stopping)
