"""Every answer that is not a success, as a problem document (RFC 9457) with a stable code.

A document names each fault by a JSON pointer into what was sent, and the request by its id; it never tells what went
wrong inside.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from backstop.errors import Conflict, DomainError, Fault, NotAllowed, NotFound, Refused

CONTENT_TYPE = "application/problem+json"
STATUS_OF_KIND = {Refused: 422, Conflict: 409, NotFound: 404, NotAllowed: 403}


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "what was sent is too large"
    default_code = "body_too_large"


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """The problem that a view's exception stands for; None for what nobody expected, which Django logs and answers."""
    if isinstance(exception, Http404):
        exception = exceptions.NotFound()
    elif isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    elif isinstance(exception, ValidationError):
        exception = exceptions.ValidationError(exception.messages)
    if isinstance(exception, DomainError):
        status = next(status for kind, status in STATUS_OF_KIND.items() if isinstance(exception, kind))
        body = problem(status, exception.code, exception.message, exception.faults) | exception.members
    elif isinstance(exception, exceptions.ValidationError):
        body = problem(422, "invalid", "what was sent is not valid", tuple(_faults(exception.detail)))
    elif isinstance(exception, exceptions.APIException):
        code = getattr(exception.detail, "code", None) or exception.default_code
        body = problem(exception.status_code, code, str(exception.detail))
    else:
        return None
    set_rollback()
    body["request_id"] = getattr(context["request"], "request_id", "")
    return Response(body, body["status"], headers=_headers(exception), content_type=CONTENT_TYPE)


def problem(status: int, code: str, detail: str, faults: tuple[Fault, ...] = ()) -> dict[str, Any]:
    """The members of a problem document, but for the request's id."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"pointer": one.pointer, "code": one.code, "message": one.message} for one in faults],
    }


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return _answer(request, 400, "bad_request") or defaults.bad_request(request, exception)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _answer(request, 403, "permission_denied") or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _answer(request, 404, "not_found") or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return _answer(request, 500, "server_error") or defaults.server_error(request)


def _answer(request: HttpRequest, status: int, code: str) -> HttpResponse | None:
    if not request.path.startswith("/v1/"):
        return None
    body = problem(status, code, HTTPStatus(status).description)
    body["request_id"] = getattr(request, "request_id", "")
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def _faults(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """One fault for each message of REST framework's nested error details."""
    if isinstance(detail, exceptions.ErrorDetail):
        yield Fault(pointer, detail.code or "invalid", str(detail))
    elif isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _faults(inner, pointer if name == "non_field_errors" else f"{pointer}/{_escaped(str(name))}")
    else:
        for index, inner in enumerate(detail):
            # A list of messages concerns its place; a list of details stands for a list that was sent.
            yield from _faults(inner, pointer if isinstance(inner, str) else f"{pointer}/{index}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _headers(exception: Exception) -> dict[str, str]:
    headers = {}
    if getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = exception.auth_header  # type: ignore[attr-defined]
    if getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(exception.wait))  # type: ignore[attr-defined]
    return headers
