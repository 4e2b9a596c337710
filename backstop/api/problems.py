"""Every answer that is not a success, as a problem document (RFC 9457) with a stable code.

A document names each fault by a JSON pointer into what was sent, and the request by its id; it never tells what went
wrong inside. It is small, however much is wrong.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.csrf import csrf_failure
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from backstop.api import observing
from backstop.database import OUT_OF_RANGE, is_passing, sqlstate_of
from backstop.errors import FAULTS_NAMED, DomainError, Fault, Kind, Refusal
from backstop.refusals import GroundRefusal
from backstop.values.documents import pointer_to

API = "/v1/"  # what each of its addresses begins with

CONTENT_TYPE = "application/problem+json"

RETRY_AFTER_SECONDS = 2

MESSAGE_SHOWN = 500  # some repeat what was sent

OF_REQUESTS: Mapping[type[Exception], Refusal] = {
    exceptions.MethodNotAllowed: GroundRefusal.METHOD_NOT_ALLOWED,
    exceptions.NotAcceptable: GroundRefusal.NOT_ACCEPTABLE,
    exceptions.UnsupportedMediaType: GroundRefusal.MEDIA_TYPE_UNSUPPORTED,
}

# What REST framework finds at fault in a field, as the house says it; of the second, the field itself says how much.
PLAINLY = {
    one.code: one.message
    for one in (
        *(GroundRefusal.FIELD_MISSING, GroundRefusal.FIELD_NULL, GroundRefusal.FIELD_BLANK),
        *(GroundRefusal.NOT_A_LIST, GroundRefusal.LIST_EMPTY),
    )
}
BY_THE_FIELD = (
    *(GroundRefusal.TOO_LONG, GroundRefusal.NOT_A_CHOICE, GroundRefusal.BELOW_LEAST, GroundRefusal.ABOVE_MOST),
)

log = structlog.get_logger(__name__)


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """The problem that a view's exception stands for; None for what nobody expected, which Django logs and answers."""
    error = _refused(exception)
    if not isinstance(error, DomainError):
        return None
    body = problem_of(error)
    set_rollback()
    body["request_id"] = getattr(context["request"], "request_id", "")
    answer = Response(body, body["status"], headers=_headers(error, context), content_type=CONTENT_TYPE)
    return observing.said(answer, body["code"])


def address_of(code: str) -> str:
    """A problem's `type`: where its code is explained."""
    return f"/v1/problems/{code}"


def problem_of(error: DomainError) -> dict[str, Any]:
    """The members of its problem document, but for the request's id."""
    refusal = error.refusal
    return _problem(refusal.kind.value, refusal.code, error.message, error.faults) | error.members


def patience(error: DomainError) -> dict[str, str]:
    """The header that says when to try again, where that may help."""
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.refusal.kind in (Kind.TOO_MANY, Kind.UNAVAILABLE) else {}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return _answer(request, GroundRefusal.BAD_REQUEST, lambda: defaults.bad_request(request, exception), exception)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _answer(request, GroundRefusal.PERMISSION_DENIED, lambda: defaults.permission_denied(request, exception))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    page = csrf_failure(request, reason)
    return observing.said(page, GroundRefusal.PERMISSION_DENIED.code, PermissionDenied(reason))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _answer(request, GroundRefusal.NOT_FOUND, lambda: defaults.page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 where the exception under way is a fault of the database's that passes."""
    exception = sys.exception()
    if exception is None or not is_passing(exception):
        return _answer(request, GroundRefusal.SERVER_ERROR, lambda: defaults.server_error(request), exception)
    refusal = _unavailable(exception)
    plain = HttpResponse(f"{refusal.message}\n", status=refusal.kind.value, content_type="text/plain")
    answer = _answer(request, refusal, lambda: plain)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _answer(
    request: HttpRequest, refusal: Refusal, page: Callable[[], HttpResponse], fault: BaseException | None = None
) -> HttpResponse:
    """A problem document in the API, the page elsewhere."""
    if not request.path.startswith(API):
        return observing.said(page(), refusal.code, fault)
    body = problem_of(refusal.error())
    body["request_id"] = getattr(request, "request_id", "")
    return observing.said(JsonResponse(body, status=body["status"], content_type=CONTENT_TYPE), refusal.code, fault)


def _problem(status: int, code: str, detail: str, faults: tuple[Fault, ...] = ()) -> dict[str, Any]:
    more = f"; {FAULTS_NAMED} faults are named, and there are more" if len(faults) > FAULTS_NAMED else ""
    return {
        "type": address_of(code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail[:MESSAGE_SHOWN] + more,
        "code": code,
        "errors": [
            {"pointer": one.pointer, "code": one.code, "message": one.message[:MESSAGE_SHOWN]}
            for one in faults[:FAULTS_NAMED]
        ],
    }


def _unavailable(exception: BaseException) -> Refusal:
    """What to say of a fault of the database's, which is logged in its place."""
    log.warning("database_unavailable", sqlstate=sqlstate_of(exception), problem=str(exception).partition("\n")[0])
    return GroundRefusal.DATABASE_UNAVAILABLE


def _refused(exception: Exception) -> Exception:
    """The refusal that one of Django's exceptions, or psycopg's, stands for, or the exception itself."""
    if is_passing(exception):
        return _unavailable(exception).error()
    if sqlstate_of(exception) == OUT_OF_RANGE:
        return GroundRefusal.NUMBER_TOO_LARGE.error()
    if isinstance(exception, Http404):
        return GroundRefusal.NOT_FOUND.error()
    if isinstance(exception, PermissionDenied):
        return GroundRefusal.PERMISSION_DENIED.error()
    if type(exception) in OF_REQUESTS:
        return OF_REQUESTS[type(exception)].error()
    if isinstance(exception, ValidationError):
        exception = exceptions.ValidationError(exception.messages)
    if isinstance(exception, exceptions.ValidationError):
        return GroundRefusal.INVALID.error(faults=tuple(faults_of(exception.detail)))
    return exception


def faults_of(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """One fault for each message of REST framework's nested error details, of what stands at this pointer."""
    if isinstance(detail, exceptions.ErrorDetail):
        yield Fault(pointer, detail.code or GroundRefusal.INVALID.code, PLAINLY.get(detail.code or "", str(detail)))
    elif isinstance(detail, dict):
        for name, inner in detail.items():
            yield from faults_of(inner, pointer if name == "non_field_errors" else pointer + pointer_to(str(name)))
    else:
        for index, inner in enumerate(detail):
            # A list of messages concerns its place; a list of details stands for a list that was sent.
            yield from faults_of(inner, pointer if isinstance(inner, str) else f"{pointer}/{index}")


def _headers(error: DomainError, context: Mapping[str, Any]) -> dict[str, str]:
    if error.refusal.kind is Kind.UNAUTHENTICATED:
        return {"WWW-Authenticate": context["view"].get_authenticate_header(context["request"])}
    return patience(error)
