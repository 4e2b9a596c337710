"""What a client shows so that it reads what it wrote, also where a replica answers."""

import threading
import time

HEADER = "Backstop-Read-Token"


class ReadTokens:
    """The tokens of what was written last. May be shared by threads."""

    def __init__(self) -> None:
        self._answered_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def headers(self) -> dict[str, str]:
        with self._lock:
            return {HEADER: ", ".join(self._answered_at)} if self._answered_at else {}

    def remember(self, token: str, asked_at: float) -> None:
        """Whatever was answered before this write was asked for, its token stands for too; other tokens are kept."""
        with self._lock:
            beside = {other: at for other, at in self._answered_at.items() if at >= asked_at}
            self._answered_at = {**beside, token: time.monotonic()}

    def forget(self) -> None:
        """Of a server that has another secret by now they are of no use."""
        with self._lock:
            self._answered_at = {}
