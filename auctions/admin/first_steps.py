"""The way to a venue's first closed book as a page: which steps are done, and what does each of the others."""

from collections.abc import Mapping
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
from auctions.queries.first_steps import StepName, list_first_steps
from backstop import clock
from backstop.admin.base import add_to_pages
from backstop.admin.cells import Panel
from backstop.admin.scoping import path_to_venue, within
from backstop.admin.site import add_page, add_to_index
from backstop.models import Instrument, Mark, Venue

SEEN = ("backstop.view_venue", "accounts.view_account", "auctions.view_playbook")
MOST = 20  # venues that the index names
COLUMNS = ("Step", "What is true then", "Done", "What there is", "By")
NOTE = 'By rows as they are now. docs/operating.md, "A venue of one\'s own", takes these steps one by one.'
# By what each step is done, and whose list shows it.
WAYS: Mapping[StepName, tuple[str, type[Model] | None]] = {
    StepName.PROGRAMS: ("manage.py serve", None),
    StepName.PEOPLE: ("manage.py createsuperuser", User),
    StepName.TRADED: ("manage.py venue FILE", Instrument),
    StepName.PLAYBOOK: ("manage.py venue FILE", Playbook),
    StepName.PROVIDERS: ("manage.py venue FILE", Provider),
    StepName.LOSS_PLAN: ("manage.py venue FILE", LossPlan),
    StepName.TWO_PERSONS: ("manage.py venue FILE", ApprovalLimit),
    StepName.KEY: ("manage.py create_key", ApiKey),
    StepName.KEYS_OF_PROVIDERS: ("manage.py create_key --provider", ApiKey),
    StepName.FUND: ("POST /v1/fund", Account),
    StepName.COLLATERAL: ("POST /v1/collateral", Account),
    StepName.MARKS: ("POST /v1/marks", Mark),
    StepName.COMMITMENTS: ("POST /v1/commitments", Commitment),
    StepName.BOOK: ("POST /v1/books", Book),
}


def first_steps(request: HttpRequest, venue_id: UUID) -> HttpResponse:
    """The steps of one venue."""
    if not request.user.has_perms(SEEN):
        raise PermissionDenied
    venue, now = get_object_or_404(within(request, Venue.objects.all()), id=venue_id), clock.now()
    steps = list_first_steps(venue, now, now - SILENT_AFTER)
    rows = [
        (number, step.name, "yes" if step.is_done else "not yet", _list(request, model, venue, step.saw), way)
        for number, (step, (way, model)) in enumerate(((step, WAYS[step.name]) for step in steps), 1)
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


add_to_pages(Venue, lambda venue: [], _tools)
add_page("venues/<uuid:venue_id>/first-steps/", first_steps, "first_steps")
add_to_index("first_steps", _links)
