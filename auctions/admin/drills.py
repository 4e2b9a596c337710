"""Drills: what goes through the market for practice, and how everybody did."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from auctions.models import Drill
from backstop.admin.base import Shown
from backstop.admin.cells import Panel, plain


@admin.register(Drill)
class DrillAdmin(Shown):
    """A drill, with how each provider that was invited did."""

    related = ("venue", "book", "real_book")
    list_display = ("book", "venue", "state", "opened_at", "held_at", "broken_off_at", "reason")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "opened_at")
    search_fields = ("book__reference", "=id")
    ordering = ("-opened_at",)
    fields = (*list_display, "real_book", "id", "retry_at", "parked_reason")

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        rows = [
            (r.provider, r.quality or "not known yet", plain(r.balance), r.answered_at, plain(r.answer_seconds))
            for r in obj.records.select_related("provider").order_by("provider__name")
        ]
        columns = ("Provider", "Bid how well", "Had", "Answered", "After (seconds)")
        return [Panel("Providers", columns, rows, "What commitments offer by themselves is no answer, but counts.")]
