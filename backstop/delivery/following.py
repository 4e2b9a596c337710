"""What a venue published from a position on, as it is written into streams of server-sent events.

Guarantees that what was read up to a position is all there is up to it: positions have no gaps.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from backstop.delivery.telling import told
from backstop.events import PublicEvent, Visibility
from backstop.models import LastPosition, Publication
from backstop.refusals import GroundRefusal

UsedFrom = tuple[UUID, str | None]  # a key's id, and the address from which it is used (None: nobody knows)

WANTED = "backstop.stream"  # in WSGI's environment: the stream that is to follow the answer

MOST = 1000  # events that are read of a venue at once
_STREAMED = Q(visibility__in=[Visibility.EVERYBODY, Visibility.PROVIDER, Visibility.OWN])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stream that a key asks for, which counts as the key `counts_as`: all that its provider may see after the
    position `after`. `last` is the venue's last one by then."""

    used_from: UsedFrom
    counts_as: UUID
    venue_id: UUID
    provider_id: UUID
    after: int
    last: int

    @property
    def key_id(self) -> UUID:
        return self.used_from[0]


@dataclass(frozen=True, slots=True)
class Watched:
    """What somebody at work for venues asks for: to be told that something happened at any of them, and no more than
    that. `last` are their last positions by then; who asks is known as `counts_as`."""

    counts_as: str
    last: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class News:
    """An event at its position, and the lines that tell of it but for its id."""

    position: int
    visibility: str
    provider_id: UUID | None
    lines: bytes


def get_last_position(venue_id: UUID) -> int:
    """The last position at which the venue published something; 0 where it never did."""
    return LastPosition.objects.filter(venue=venue_id).values_list("position", flat=True).first() or 0


def list_last_positions(venue_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The same of each of these venues."""
    venue_ids = list(venue_ids)
    last = LastPosition.objects.filter(venue__in=venue_ids).values_list("venue", "position")
    return {**dict.fromkeys(venue_ids, 0), **dict(last)}


def require_kept(venue_id: UUID, after: int, last: int) -> None:
    """Raises `position_expired` unless all is there that was published after `after`, up to `last`."""
    if after != last and not Publication.objects.filter(venue=venue_id, position=after + 1).exists():
        raise GroundRefusal.POSITION_EXPIRED.error()


def list_past(wanted: Wanted, after: int, until: int) -> list[News]:
    """Up to `MOST` of what its provider may see after one position, up to and with another, in order."""
    own = Q(provider_id=wanted.provider_id, visibility__in=[Visibility.PROVIDER, Visibility.OWN])
    seen = Publication.objects.filter(own | Q(visibility=Visibility.EVERYBODY), venue=wanted.venue_id)
    return [_news(row) for row in seen.filter(position__gt=after, position__lte=until).order_by("position")[:MOST]]


def list_news(after: Mapping[UUID, int]) -> dict[UUID, tuple[int, list[News]]]:
    """Of each of these venues that went on from its position: how far, at most `MOST` further, and all that any
    provider may see of it, in order. Two queries."""
    last = LastPosition.objects.filter(venue__in=after).values_list("venue_id", "position")
    until = {venue: min(position, after[venue] + MOST) for venue, position in last if position > after[venue]}
    if not until:
        return {}
    new = reduce(or_, (Q(venue=venue, position__gt=after[venue], position__lte=until[venue]) for venue in until))
    found: dict[UUID, tuple[int, list[News]]] = {venue: (position, []) for venue, position in until.items()}
    for row in Publication.objects.filter(new & _STREAMED).order_by("position"):
        found[row.venue_id][1].append(_news(row))
    return found


def lines_of_tick(tick: PublicEvent, at: datetime) -> bytes:
    """The lines of something that is told and never published: it has no position, and is not told again."""
    return _lines(tick.KIND, at, {"subject_id": str(tick.subject_id), "provider_id": None, **tick.payload})


def with_ids(ids: Sequence[bytes], news: Sequence[News]) -> bytes:
    """What a reader gets of these: after each event that it has whole, it knows where to go on."""
    return b"".join(b"id: %s\n%s" % (each_id, each.lines) for each_id, each in zip(ids, news, strict=True))


def _news(row: Publication) -> News:
    return News(row.position, row.visibility, row.provider_id, _lines(row.kind, row.occurred_at, told(row)))


def _lines(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    said = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return f"event: {kind}\ndata: {json.dumps(said)}\n\n".encode()
