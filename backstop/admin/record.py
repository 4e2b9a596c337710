"""What happened, and in which order it was published."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from backstop.admin.base import Shown
from backstop.admin.filters import KindOfEvent
from backstop.delivery.catalogue import kinds
from backstop.models import Event, Publication


@admin.register(Event)
class EventAdmin(Shown):
    """Events; the id of what an event is about finds its whole history."""

    related = ("venue",)
    list_display = ("id", "kind", "venue", "actor", "subject_id", "provider_id", "position", "created_at")
    list_display_links = ("id", "kind")
    list_filter = ("venue", KindOfEvent, "visibility", "created_at")
    search_fields = ("=subject_id", "=provider_id", "kind", "=actor")
    ordering = ("-id",)
    fields = (
        "kind",
        "meaning",
        "venue",
        "actor",
        "subject_id",
        "provider_id",
        "visibility",
        "payload",
        "position",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        published = Publication.objects.filter(event_id=OuterRef("pk"))
        return super().get_queryset(request).annotate(published_as=Subquery(published.values("position")))

    @admin.display
    def meaning(self, event: Event) -> str:
        kind = kinds().get(event.kind)  # what is kept for ever may be of a kind that is told no more
        return " ".join((kind.__doc__ or "").split()) if kind else ""

    @admin.display(description="published as")
    def position(self, event: Any) -> str:
        return "not yet" if event.published_as is None else str(event.published_as)


@admin.register(Publication)
class PublicationAdmin(Shown):
    """The one order that readers of a venue follow."""

    related = ("venue",)
    list_display = ("venue", "position", "kind", "subject_id", "published_at")
    list_display_links = ("position",)
    list_filter = ("venue", KindOfEvent, "published_at")
    search_fields = ("=subject_id", "kind")
    ordering = ("-id",)
    fields = (
        "venue",
        "position",
        "event_id",
        "kind",
        "actor",
        "subject_id",
        "provider_id",
        "visibility",
        "payload",
        "occurred_at",
        "published_at",
    )
