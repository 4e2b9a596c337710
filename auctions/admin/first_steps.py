"""The way to a venue's first closed book as a page: which steps are done, and what does each of the others."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import Account, ApiKey, ApprovalLimit, Commitment, LossPlan, Provider, User
from auctions.health import SILENT_AFTER
from auctions.models import Book, Playbook
from auctions.queries.first_steps import list_first_steps
from backstop import clock
from backstop.admin.base import Panel, add_to_pages
from backstop.admin.scoping import path_to_venue, within
from backstop.admin.site import add_page
from backstop.models import Instrument, Mark, Venue

SEEN = ("backstop.view_venue", "accounts.view_account", "auctions.view_playbook")
MOST = 20  # venues that the index names
COLUMNS = ("Step", "What is true then", "Done", "What there is", "By")
NOTE = 'By rows as they are now. docs/operating.md, "A venue of one\'s own", takes these steps one by one.'
# By what each step is done, in their order, and whose list shows it.
WAYS: tuple[tuple[str, type[Model] | None], ...] = (
    ("manage.py serve", None),
    ("manage.py createsuperuser", User),
    ("manage.py venue FILE", Instrument),
    ("manage.py venue FILE", Playbook),
    ("manage.py venue FILE", Provider),
    ("manage.py venue FILE", LossPlan),
    ("manage.py venue FILE", ApprovalLimit),
    ("manage.py create_key", ApiKey),
    ("manage.py create_key --provider", ApiKey),
    ("POST /v1/fund", Account),
    ("POST /v1/collateral", Account),
    ("POST /v1/marks", Mark),
    ("POST /v1/commitments", Commitment),
    ("POST /v1/books", Book),
)


def first_steps(request: HttpRequest, venue_id: UUID) -> HttpResponse:
    """The steps of one venue."""
    if not request.user.has_perms(SEEN):
        raise PermissionDenied
    venue, now = get_object_or_404(within(request, Venue.objects.all()), id=venue_id), clock.now()
    steps = list_first_steps(venue, now, now - SILENT_AFTER)
    rows = [
        (number, step.title, "yes" if step.is_done else "not yet", _list(request, model, venue, step.saw), way)
        for number, (step, (way, model)) in enumerate(zip(steps, WAYS, strict=True), 1)
    ]
    panel = Panel(f"{sum(step.is_done for step in steps)} of {len(steps)} are done", COLUMNS, rows, NOTE)
    context = {"title": f"First steps of {venue}", "panels": [panel], "object": venue, "opts": Venue._meta}
    return TemplateResponse(request, "house/report.html", {**admin.site.each_context(request), **context})


def _list(request: HttpRequest, model: type[Model] | None, venue: Venue, text: str) -> str:
    """A text that leads to what the model's list shows of the venue, for who may see that."""
    if model is None or not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        return text
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    asked = "" if model is User else f"?{path_to_venue(model)}__id__exact={venue.pk}"  # users are of no venue
    return format_html('<a href="{}{}">{}</a>', address, asked, text)


def _address(venue: Venue) -> str:
    return reverse("admin:first_steps", args=[venue.pk])


def _tools(request: HttpRequest, venue: Any) -> list[tuple[str, str]]:
    return [("First steps", _address(venue))] if request.user.has_perms(SEEN) else []


def _links(request: HttpRequest) -> list[tuple[str, str]]:
    """The page of each venue, for the index."""
    if not request.user.has_perms(SEEN):
        return []
    venues = within(request, Venue.objects.order_by("code"))[:MOST]
    return [(venue.code, _address(venue)) for venue in venues]


def _furnish_index() -> None:
    site = admin.site
    by_django = site.index

    def index(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return by_django(request, {**(extra_context or {}), "first_steps": _links(request)})

    setattr(site, "index", index)  # noqa: B010  of the one site that there is


add_to_pages(Venue, lambda venue: [], _tools)
add_page("venues/<uuid:venue_id>/first-steps/", first_steps, "first_steps")
_furnish_index()
