"""What stands behind the `?` of an address: as strict as bodies are, at every address of the API.

A view says which parameters it knows; whatever else is sent, twice, or without a value, is refused by name.
"""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from backstop.api.parsing import invalid
from backstop.errors import Fault
from backstop.refusals import GroundRefusal
from backstop.values.documents import pointer_to

_DIGITS = re.compile(r"-?[0-9]{1,10}", re.ASCII)

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def require_known(asked: QueryDict, known: Collection[str]) -> None:
    """Raises `invalid`, with a fault for each parameter that is not known here, stands twice, or says nothing."""
    faults = tuple(_faults(asked, known))
    if faults:
        raise GroundRefusal.INVALID.error("the query string is not valid", faults=faults)


def _faults(asked: QueryDict, known: Collection[str]) -> Iterator[Fault]:
    for name, values in asked.lists():
        pointer = pointer_to(name)
        if name not in known:
            yield GroundRefusal.QUERY_UNKNOWN.at(pointer)
        elif len(values) > 1:
            yield GroundRefusal.QUERY_REPEATED.at(pointer)
        elif not values[0].strip():
            yield GroundRefusal.QUERY_EMPTY.at(pointer)
        elif _NOT_STORABLE.search(values[0]):
            yield GroundRefusal.TEXT_NOT_STORABLE.at(pointer)


class WholeText(serializers.IntegerField):
    """A whole number in plain digits."""

    default_error_messages = {"min_value": "must be at least {min_value}", "max_value": "must be at most {max_value}"}

    def to_internal_value(self, data: Any) -> int:
        if not _DIGITS.fullmatch(data):
            raise invalid(GroundRefusal.NOT_WHOLE)
        return int(data)


class FlagText(serializers.Field[bool, str, str, bool]):
    """`true` or `false`."""

    def to_internal_value(self, data: str) -> bool:
        if data not in ("true", "false"):
            raise invalid(GroundRefusal.NOT_FLAG)
        return data == "true"


class MomentText(serializers.Field[datetime, str, str, datetime]):
    """A time by ISO 8601, in UTC and saying so."""

    def to_internal_value(self, data: str) -> datetime:
        try:
            moment = datetime.fromisoformat(data)
        except ValueError:
            raise invalid(GroundRefusal.MOMENT_REFUSED) from None
        if moment.utcoffset() != timedelta():
            raise invalid(GroundRefusal.MOMENT_REFUSED)
        return moment.astimezone(UTC)
