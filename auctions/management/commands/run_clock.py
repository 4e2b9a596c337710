"""`manage.py run_clock`: the market's clock. Any number may run, on any hosts."""

import threading

from auctions.clock_rounds import keep_time
from backstop.config import host
from backstop.management.policy import WaitsForServer


class Command(WaitsForServer):
    help = (
        "Run whatever is due by the database's clock and sleep until the next deadline; needs no broker and no worker. "
        "Runs until SIGTERM or SIGINT, and waits for a database that is away. "
        "Example: manage.py run_clock"
    )

    def run(self, stopping: threading.Event) -> None:
        host.share_measures("clock")
        keep_time(stopping)
