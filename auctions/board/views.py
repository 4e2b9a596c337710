"""The page of the board, and the part of it that is asked for again and again."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from auctions.board.now import market_now

SEEN = ("auctions.view_book", "auctions.view_auction", "auctions.view_breaker")


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The whole page, for who may see books, auctions and breakers in the admin."""
    return render(request, "board/page.html", {**admin.site.each_context(request), **_now(request)})


@require_safe
@never_cache
def now(request: HttpRequest) -> HttpResponse:
    """What is under way now; whoever is signed in no more is told to load the page again, which asks it to sign in."""
    if not admin.site.has_permission(request):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    return render(request, "board/now.html", _now(request))


def _now(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perms(SEEN):
        raise PermissionDenied
    return {"now": market_now(request)}
