"""The pages of the board, and the part of it that is asked for again and again."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from auctions.board.banner import SEEN
from auctions.board.mending import mendable
from auctions.board.now import market_now
from auctions.queries.stuck import list_stuck
from backstop import clock
from backstop.admin.scoping import venue_of

ON_A_PAGE = 100


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The whole page, for who may see books, auctions, breakers and approvals in the admin."""
    return _page(request, "board/page.html", "Board", **_now(request))


@require_safe
@never_cache
def now(request: HttpRequest) -> HttpResponse:
    """What is under way now; whoever is signed in no more is told to load the page again, which asks it to sign in."""
    if not admin.site.has_permission(request):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    return render(request, "board/now.html", _now(request))


@require_safe
def stuck(request: HttpRequest) -> HttpResponse:
    """All that is stuck, a page at a time."""
    _require_permission(request)
    page = Paginator(list_stuck(venue_of(request), clock.now()), ON_A_PAGE).get_page(request.GET.get("page"))
    return _page(request, "board/all_stuck.html", "Stuck", page=page, stuck=mendable(request, page))


def _now(request: HttpRequest) -> dict[str, Any]:
    _require_permission(request)
    return {"now": market_now(request)}


def _require_permission(request: HttpRequest) -> None:
    if not request.user.has_perms(SEEN):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})
