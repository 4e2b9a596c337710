"""The quarterly report of a venue as a page, and as the files that `manage.py report quarterly` writes."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from auctions.queries.reports import Quarter, report_quarter
from backstop import clock
from backstop.admin.base import add_to_pages
from backstop.admin.cells import Panel
from backstop.admin.scoping import within
from backstop.admin.site import add_page
from backstop.models import Venue

SEEN = ("backstop.view_venue", "backstop.view_event", "accounts.view_lossevent", "accounts.view_account")
TYPES = {"markdown": ("text/markdown; charset=utf-8", "md"), "json": ("application/json", "json")}


def quarterly(request: HttpRequest, venue_id: UUID) -> HttpResponse:
    """`quarter` names one, such as 2026-Q3 (default: the one under way), `format` a file: `markdown` or `json`."""
    if not request.user.has_perms(SEEN):
        raise PermissionDenied
    venue, now = get_object_or_404(within(request, Venue.objects.all()), id=venue_id), clock.now()
    asked, form = request.GET.get("quarter"), request.GET.get("format")
    quarter = Quarter.named(asked) if asked else Quarter.around(now)
    if quarter is None or form not in (None, *TYPES):
        raise Http404
    report = report_quarter(venue, quarter, None, now)
    if form is not None:
        content, ending = TYPES[form]
        text = report.as_markdown() if form == "markdown" else json.dumps(report.as_json(), indent=2)
        named = {"Content-Disposition": f'attachment; filename="{venue.code}-{quarter}.{ending}"'}
        return HttpResponse(text, content_type=content, headers=named)
    facts = Panel("In short", ("What", "Which"), list(report.facts.items()))
    panels = [facts, *(Panel(each.title, each.columns, each.rows, each.note) for each in report.sections)]
    before = Quarter.around(quarter.starts_at - timedelta(days=1))
    tools = [(f"{before}", _address(venue, before)), *((form, _address(venue, quarter, form)) for form in TYPES)]
    context = {"title": report.title, "panels": panels, "tools": tools, "object": venue, "opts": Venue._meta}
    return TemplateResponse(request, "house/report.html", {**admin.site.each_context(request), **context})


def _address(venue: Venue, quarter: Quarter | None = None, form: str | None = None) -> str:
    asked = [f"{name}={value}" for name, value in (("quarter", quarter), ("format", form)) if value]
    return f"{reverse('admin:quarterly', args=[venue.pk])}{'?' if asked else ''}{'&'.join(asked)}"


def _tools(request: HttpRequest, venue: Any) -> list[tuple[str, str]]:
    return [("Quarterly report", _address(venue))] if request.user.has_perms(SEEN) else []


add_to_pages(Venue, lambda venue: [], _tools)
add_page("venues/<uuid:venue_id>/quarterly/", quarterly, "quarterly")
