"""Lists as cursor pages: `{"data": […], "next_cursor": …}`, newest first. A cursor stays right while rows are added.

A page costs the same however many rows there are, where the list has an index by its owner in the order of its pages.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q, QuerySet
from rest_framework import exceptions, pagination, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backstop.api.parsing import invalid
from backstop.api.query_strings import MomentText, WholeText
from backstop.refusals import GroundRefusal

MOST_ROWS = 500

TIMES = ("since", "until")


class PageInput(serializers.Serializer[Any]):
    """Which rows of a list: those from `since` on and before `until`, so many at once."""

    limit = WholeText(min_value=1, max_value=MOST_ROWS, required=False)
    since = MomentText(required=False)
    until = MomentText(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "since" in attrs and "until" in attrs and attrs["until"] < attrs["since"]:
            raise invalid(GroundRefusal.PERIOD_REFUSED, field="until")
        return attrs

    def period(self, ordering: str) -> dict[str, datetime]:
        """The same as conditions on the time that rows are in the order of."""
        time = ordering.removeprefix("-")
        names = {"since": f"{time}__gte", "until": f"{time}__lt"}
        return {names[each]: moment for each, moment in self.validated_data.items() if each in names}


class CursorPage(pagination.CursorPagination):
    """`?limit=` up to 500, `?cursor=` as the page before gave it; no next cursor on the last page."""

    page_size = 50
    max_page_size = MOST_ROWS
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "next_cursor": self.get_next_link()})

    def encode_cursor(self, cursor: pagination.Cursor) -> str:
        link = urlsplit(super().encode_cursor(cursor))
        return parse_qs(link.query)[self.cursor_query_param][0]

    def decode_cursor(self, request: Request) -> pagination.Cursor | None:
        try:
            cursor = super().decode_cursor(request)
            position = cursor and cursor.position
            if position is not None and datetime.fromisoformat(str(position)).tzinfo is None:
                raise ValueError("a time of no zone is no position")
        except (exceptions.NotFound, ValueError):
            raise GroundRefusal.INVALID.error(faults=[GroundRefusal.CURSOR_REFUSED.at("/cursor")]) from None
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor, limit = super().get_schema_operation_parameters(view)
        whole = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": self.page_size}
        return [
            {**limit, "description": "How many rows a page has at most.", "schema": whole},
            {**cursor, "description": "As the page before said in `next_cursor`."},
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["data", "next_cursor"],
            "properties": {
                "data": schema,
                "next_cursor": {"type": ["string", "null"], "description": "None on the last page."},
            },
        }


class Merged:
    """The rows that meet any of these conditions, as one list for a page: where no index finds them all in its order,
    but one finds those of each condition."""

    def __init__(self, rows: QuerySet[Any], conditions: Sequence[Q]) -> None:
        self._rows = rows
        self._conditions = conditions

    def order_by(self, *names: str) -> "Merged":
        return Merged(self._rows.order_by(*names), self._conditions)

    def filter(self, **position: Any) -> "Merged":
        return Merged(self._rows.filter(**position), self._conditions)

    def __getitem__(self, wanted: slice) -> QuerySet[Any]:
        first, *others = (self._rows.filter(each).values("id")[: wanted.stop] for each in self._conditions)
        return self._rows.filter(id__in=first.union(*others))[wanted]
