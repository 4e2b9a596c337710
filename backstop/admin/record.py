"""What happened, and in which order it was published."""

from django.contrib import admin

from backstop.admin.base import Shown
from backstop.models import Event, Publication


@admin.register(Event)
class EventAdmin(Shown):
    """Events; the id of what an event is about finds its whole history."""

    related = ("venue", "publication")
    list_display = ("id", "kind", "venue", "subject_id", "provider_id", "position", "created_at")
    list_display_links = ("id", "kind")
    list_filter = ("venue", "kind", "created_at")
    search_fields = ("=subject_id", "=provider_id", "kind")
    ordering = ("-id",)
    fields = ("kind", "venue", "subject_id", "provider_id", "payload", "position", "created_at")

    @admin.display(description="published as")
    def position(self, event: Event) -> str:
        publication = getattr(event, "publication", None)
        return str(publication.position) if publication else "not yet"


@admin.register(Publication)
class PublicationAdmin(Shown):
    """The one order that readers follow."""

    related = ("event__venue",)
    list_display = ("position", "event", "venue", "published_at")
    list_filter = ("event__venue", "event__kind", "published_at")
    search_fields = ("=event__subject_id", "event__kind")
    ordering = ("-position",)
    fields = ("position", "event", "venue", "published_at")

    @admin.display(ordering="event__venue__code")
    def venue(self, publication: Publication) -> str:
        return publication.event.venue.code
