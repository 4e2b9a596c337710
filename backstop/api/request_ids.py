"""An id for each request, in its answer, in every line that is logged for it, and in every problem that it meets.

The outermost middleware. A caller may bring an id of its own in X-Request-ID.
"""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from backstop.api.raw import header_of

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def id_of(given: str) -> str:
    """The id of a request that brought this one of its own, or none: its own if that is sane, else a new one."""
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


def request_ids(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = id_of(header_of(request, HEADER) or "")
        request.request_id = request_id  # type: ignore[attr-defined]
        before = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = get_response(request)
        finally:
            structlog.contextvars.reset_contextvars(**before)
        response[HEADER] = request_id
        return response

    return middleware
