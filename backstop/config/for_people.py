"""Django's middleware for people, who sign in, send forms and look at pages: whoever asks the API goes past it.

Guarantees that the API looks at no cookie, that no answer of it sets one, and that its headers are those of pages.
"""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware

from backstop.api.problems import API

Answering = Callable[[HttpRequest], HttpResponse]

_views: Answering  # of the handler that is being made: Django makes its middleware from the inside out


def views(get_response: Answering) -> Answering:
    """The innermost of all, which tells `past_people` what is behind it."""
    global _views
    _views = get_response
    return get_response


def past_people(get_response: Answering) -> Answering:
    """Sends on what people ask, and answers the API by its views: with what Django's middleware checks and adds for
    every answer, done once and not in a dozen calls around each other."""
    security, common, frames = SecurityMiddleware(_views), CommonMiddleware(_views), XFrameOptionsMiddleware(_views)
    policy = build_policy()
    checked = convert_exception_to_response(_checked_by(common, _views))

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return get_response(request)
        response: Any = security.process_request(request) or checked(request)
        response = frames.process_response(request, response)
        response = common.process_response(request, response)
        response.headers.setdefault(HEADER, policy)
        return security.process_response(request, response)

    return answer


def _checked_by(common: CommonMiddleware, views: Answering) -> Answering:
    return lambda request: common.process_request(request) or views(request)
