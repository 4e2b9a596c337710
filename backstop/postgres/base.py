"""Django's PostgreSQL, which does not ask a connection whether it works that worked a moment ago.

A server that closes a connection, or is gone, says so: there is something to be read. Only of one that was silent for
longer is it asked, as a host may be lost without a word.
"""

import time
from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base

FRESH_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    _asked_at = -FRESH_SECONDS

    def create_cursor(self, name: str | None = None) -> Any:
        self._asked_at = time.monotonic()
        return super().create_cursor(name)

    def close_if_health_check_failed(self) -> None:
        if self.connection is not None and time.monotonic() - self._asked_at < FRESH_SECONDS and self._is_silent():
            self.health_check_done = True
        super().close_if_health_check_failed()

    def _is_silent(self) -> bool:
        """Whether the server has said nothing since it last answered."""
        if self.connection.closed:
            return False
        reading = poll()
        reading.register(self.connection.fileno(), POLLIN)
        return not reading.poll(0)
