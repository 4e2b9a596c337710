"""Django's middleware for people, who sign in, send forms and look at pages: whoever asks the API goes past it.

Guarantees that the API looks at no cookie, that no answer of it sets one, and that its headers are those of pages.
"""

from functools import cached_property
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from backstop.api.problems import API


class _ForPeople(MiddlewareMixin):
    """Comes before a class of Django's."""

    def __call__(self, request: HttpRequest) -> Any:
        return self.for_api(request) if request.path.startswith(API) else super().__call__(request)

    def for_api(self, request: HttpRequest) -> Any:
        return self.get_response(request)


class ContentPolicy(_ForPeople, CSPMiddleware):
    @cached_property
    def _policy(self) -> str:
        return build_policy()

    def for_api(self, request: HttpRequest) -> Any:
        """No view of the API changes the policy, so that it is written once."""
        answer: Any = self.get_response(request)
        answer.headers.setdefault(HEADER, self._policy)
        return answer


class Sessions(_ForPeople, SessionMiddleware):
    pass


class Forms(_ForPeople, CsrfViewMiddleware):
    pass


class SignedIn(_ForPeople, AuthenticationMiddleware):
    pass


class Messages(_ForPeople, MessageMiddleware):
    pass
