"""Listens to streams of a front program that really runs, in threads, until it is cut."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

from backstop.client import StreamedEvent
from backstop.client.stream import events_of
from tests.elsewhere import eventually
from tests.front.wire import Served, head

STREAM = "/v1/stream"


def asking(key: str, last_event_id: str = "", **headers: str) -> bytes:
    """The head of a request for a stream."""
    resumed = {"Last_Event_ID": last_event_id} if last_event_id else {}
    return head("GET", STREAM, Authorization=f"Bearer {key}", Accept="text/event-stream", **resumed, **headers)


class Listening:
    """One connection that listens. What it has heard whole stands in `events`."""

    def __init__(
        self, served: Served, key: str, last_event_id: str = "", *, takes: bool = True, **headers: str
    ) -> None:
        self.events: list[StreamedEvent] = []
        self.last_event_id, self.is_over = "", False
        self._socket = served.open(asking(key, last_event_id, **headers))
        self._socket.settimeout(None)
        self._answer = http.client.HTTPResponse(self._socket, method="GET")
        self._answer.begin()
        assert (self._answer.status, self._answer.getheader("Content-Type")) == (200, "text/event-stream")
        assert self._answer.getheader("Content-Length") is None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        if takes:
            self.take()

    def take(self) -> None:
        """Begin to read what comes; the first is where it begins."""
        self._thread.start()
        assert eventually(lambda: self.last_event_id != "" or self.is_over)

    def cut(self) -> None:
        """Be gone, with whatever was under way."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(20)
        self._answer.close()
        self._socket.close()

    def _pieces(self) -> Iterator[bytes]:
        with suppress(OSError, ValueError, http.client.HTTPException):
            while piece := self._answer.read1(65536):
                yield piece

    def _listen(self) -> None:
        for shown, event in events_of(self._pieces(), self.last_event_id):
            self.last_event_id = shown
            self.events += [event] if event else []
        self.is_over = True
