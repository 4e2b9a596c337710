"""Lists as cursor pages: `{"data": […], "next_cursor": …}`, newest first. A cursor stays right while rows are added.

A page costs the same however many rows there are, where the list has an index by its owner in the order of its pages.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q, QuerySet
from rest_framework import pagination
from rest_framework.response import Response


class CursorPage(pagination.CursorPagination):
    """`?limit=` up to 500, `?cursor=` as the page before gave it; no next cursor on the last page."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")
    invalid_cursor_message = "this is no cursor of this list"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "next_cursor": self.get_next_link()})

    def encode_cursor(self, cursor: pagination.Cursor) -> str:
        link = urlsplit(super().encode_cursor(cursor))
        return parse_qs(link.query)[self.cursor_query_param][0]

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
