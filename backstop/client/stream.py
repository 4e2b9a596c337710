"""Server-sent events as the API streams them: how they are read, whatever pieces they come in."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict


class StreamedEvent(TypedDict):
    """Something that happened. From its `id` on the stream may be resumed; what `data` holds depends on the `type`, and
    is as it was sent: amounts and times are text."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


def events_of(pieces: Iterable[bytes], last_event_id: str) -> Iterator[tuple[str, StreamedEvent | None]]:
    """After each block that is there whole: the id from which the stream goes on, and the event, if it tells of one.

    What comes of an event when the stream is cut is dropped: it comes again, whole.
    """
    unread = b""
    for piece in pieces:
        *blocks, unread = (unread + piece).split(b"\n\n")
        for block in blocks:
            said = dict(_fields_of(block.decode()))
            last_event_id = said.get("id", last_event_id)
            yield last_event_id, _event(last_event_id, said["data"]) if "data" in said else None


def _event(event_id: str, data: str) -> StreamedEvent:
    event: StreamedEvent = json.loads(data)
    return {**event, "id": event_id}


def _fields_of(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        yield name, value.removeprefix(" ")
