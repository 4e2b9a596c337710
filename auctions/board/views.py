"""The pages of the board, and the part of it that is asked for again and again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from auctions.board.ahead import list_panels, whom_it_costs
from auctions.board.banner import SEEN
from auctions.board.forms import LossForm, StressForm
from auctions.board.hour import charts_of_hour
from auctions.board.mending import mendable
from auctions.board.now import market_now
from auctions.board.story import tell
from auctions.queries import list_books_in_full
from auctions.queries.stuck import list_stuck
from auctions.queries.under_way import list_books_closed
from backstop import clock
from backstop.admin.cells import Panel, plain
from backstop.admin.scoping import venue_of, within
from backstop.api.stream import MEDIA_TYPE, RETRY
from backstop.delivery.following import WANTED, Watched, list_last_positions
from backstop.models import Venue

ON_A_PAGE = 100
OF_MONEY = (
    *SEEN,
    "accounts.view_account",
    "accounts.view_lossevent",
    "accounts.view_cover",
    "accounts.view_commitment",
)


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


@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """Server-sent events that say that something happened at the venues that who asks may see, and nothing more: then
    there is something new to ask for. What follows the answer is the front program's."""
    if not admin.site.has_permission(request):
        return HttpResponse(status=403)
    _require_permission(request)
    venues = within(request, Venue.objects.all()).values_list("pk", flat=True)
    request.META[WANTED] = Watched(f"user:{request.user.pk}", list_last_positions(venues))
    return HttpResponse(RETRY, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@require_safe
def stuck(request: HttpRequest) -> HttpResponse:
    """All that is stuck, a page at a time."""
    _require_permission(request)
    page = Paginator(list_stuck(venue_of(request), clock.now()), ON_A_PAGE).get_page(request.GET.get("page"))
    return _page(request, "board/all_stuck.html", "Stuck", page=page, stuck=mendable(request, page))


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """The latest closed books, each of which is a story."""
    _require_permission(request)
    rows = [
        (
            format_html('<a href="{}">{}</a>', reverse("board-book", args=[each.pk]), each.reference),
            each.venue,
            each.closed_at,
            f"{plain(each.notional)} {each.asset}",
            plain(each.residual),
        )
        for each in within(request, list_books_closed())[:ON_A_PAGE]
    ]
    columns = ("Book", "Venue", "Closed, UTC", "Notional", "Back to the owner")
    return _page(request, "board/closed.html", "Closed books", panels=[Panel("Closed books", columns, rows)])


@require_safe
def book(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """A book as a story."""
    _require_permission(request)
    found = within(request, list_books_in_full().select_related("venue", "asset", "playbook"))
    story = tell(get_object_or_404(found, id=book_id), clock.now())
    shown = {"story": story, "panels": [story.money], "notional": plain(story.book.notional)}
    return _page(request, "board/story.html", f"Book {story.book.reference}", **shown)


@require_safe
def hour(request: HttpRequest) -> HttpResponse:
    """The last hour as charts."""
    _require_permission(request)
    return _page(request, "board/hour.html", "Last hour")


@require_safe
@never_cache
def hour_data(request: HttpRequest) -> JsonResponse:
    """What the charts of the last hour are drawn of."""
    _require_permission(request)
    return JsonResponse(charts_of_hour(request))


@require_http_methods(["GET", "HEAD", "POST"])
def ahead(request: HttpRequest, venue_id: UUID) -> HttpResponse:
    """What a venue has against what comes, for who may see its accounts, loss events, covers and commitments too;
    beside a stress file that is sent, of which nothing is kept, and beside a loss that is asked about."""
    _require_permission(request, OF_MONEY)
    venue = get_object_or_404(within(request, Venue.objects.all()), id=venue_id)
    now = clock.now()
    stress = StressForm(venue, request.POST, request.FILES) if request.method == "POST" else StressForm(venue)
    loss = LossForm(venue, request.GET if "loss" in request.GET else None)
    demand = stress.demand if stress.is_valid() else None
    panels = list_panels(venue, demand, now)
    if loss.is_valid():
        panels.insert(0, whom_it_costs(loss.cleaned_data["asset"], loss.cleaned_data["loss"], now))
    return _page(request, "board/venue.html", f"{venue.name} ahead", panels=panels, stress=stress, loss=loss)


def _now(request: HttpRequest) -> dict[str, Any]:
    _require_permission(request)
    return {"now": market_now(request)}


def _require_permission(request: HttpRequest, permissions: Sequence[str] = SEEN) -> None:
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})
