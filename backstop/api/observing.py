"""What is noted of each request once it is answered: how long that took and, where it was refused, why. In one line.

The middleware next to the outermost; the front program notes what it refuses itself.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from backstop import measures

# In WSGI's environment: when, by `time.perf_counter`, a thread could have begun with the request.
WHOLE_AT = "backstop.whole_at"

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # others are anybody's invention

PATH_SHOWN = 200

R = TypeVar("R", bound=HttpResponseBase)

log = structlog.get_logger(__name__)


def observing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        began = request.META.get(WHOLE_AT) or time.perf_counter()
        response = get_response(request)
        note(
            method=request.method or "",
            path=request.path,
            route=request.resolver_match.route if request.resolver_match else "",
            address=request.META.get("REMOTE_ADDR", ""),
            status=response.status_code,
            seconds=time.perf_counter() - began,
            code=getattr(response, "code", ""),
            fault=getattr(response, "fault", None),
        )
        return response

    return middleware


def said(answer: R, code: str, fault: BaseException | None = None) -> R:
    """The answer, with what is to be noted of it: see `note`."""
    answer.code, answer.fault = code, fault  # type: ignore[attr-defined]
    return answer


def note(
    *,
    method: str,
    path: str,
    route: str,
    address: str,
    status: int,
    seconds: float,
    code: str = "",
    fault: BaseException | None = None,
    **others: str,
) -> None:
    """Measure one answer and, if it is a refusal, log it.

    `code` is that of its problem document; `fault` what was raised, with a traceback where we are to blame.
    """
    known = method if method in METHODS else "other"
    measures.request_took(seconds, method=known, route=route, status=status)
    if status >= 400:
        ours = status >= 500
        say = log.error if ours else log.warning
        say(
            "request_refused",
            method=method,
            path=path[:PATH_SHOWN],
            route=route,
            address=address,
            status=status,
            code=code,
            problem=str(fault or ""),
            exc_info=fault if ours else None,
            **others,
        )


def route_of(path: str) -> str:
    """The pattern that this path is an address of; empty where there is none."""
    try:
        return resolve(path).route
    except Resolver404:
        return ""
