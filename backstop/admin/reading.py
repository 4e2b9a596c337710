"""Lists and transcripts of the admin come from the replica, where there is one, and show what their operator did."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from backstop import replica

R = TypeVar("R")

_HORIZON = "horizon"


def read(request: HttpRequest, ask: Callable[[str], R]) -> R:
    """What `ask` finds in the database of this alias: the replica, as far as it shows what this operator did."""
    return replica.read(ask, request.session.get(_HORIZON, 0))


def remember_writes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware: whatever form of the admin was sent, the operator's session remembers how far to look for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        sent = request.method == "POST" and replica.is_named() and request.path.startswith(reverse("admin:index"))
        if sent and request.user.is_authenticated:
            with suppress(Error):  # what is written is written
                request.session[_HORIZON] = replica.get_horizon()
        return response

    return middleware
