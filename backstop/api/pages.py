"""Lists as cursor pages: `{"data": […], "next_cursor": …}`, newest first. A cursor stays right while rows are added."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

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
