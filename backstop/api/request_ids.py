"""An id for each request, in its answer, in every line that is logged for it, and in every problem that it meets.

The outermost middleware. A caller may bring an id of its own in X-Request-ID.
"""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def id_of(given: str) -> str:
    """The id of a request that brought this one of its own, or none: its own if that is sane, else a new one."""
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


def request_ids(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = id_of(request.headers.get(HEADER, ""))
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = get_response(request)
        response[HEADER] = request_id
        return response

    return middleware
