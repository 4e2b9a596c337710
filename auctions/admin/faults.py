"""Faults: what failed by whom, what it costs, and until when its provider, then an arbiter, has a word."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from auctions.admin.pictures import marks_panel
from auctions.lifecycle import FaultState
from auctions.models import ProviderFault, VenueFault
from auctions.operations.operator.decide_fault import decide_fault
from auctions.operations.provider.contest_fault import contest_fault
from backstop.admin.base import Shown
from backstop.admin.cells import Panel
from backstop.admin.deeds import Deed, Doing

STANDS = (("yes", "It was the provider's fault"), ("no", "It was not"))


def _contest(row: Any, reason: str) -> object:
    who = {"venue_id": row.book.venue_id, "provider_id": row.provider_id}
    return contest_fault(**who, fault_id=row.id, reason=reason)


def _decide(row: Any, stands: str, reason: str) -> object:
    return decide_fault(venue_id=row.book.venue_id, fault_id=row.id, stands=stands == "yes", reason=reason)


@admin.register(ProviderFault)
class FaultAdmin(Doing):
    """Contested by its provider over the API, or here on its behalf; decided by whoever may arbitrate."""

    deeds = (
        Deed(
            "contest",
            "Contest for its provider",
            _contest,
            lambda row: row.state == FaultState.CONTESTABLE,
        ),
        Deed(
            "decide",
            "Decide as arbiter",
            _decide,
            lambda row: row.state == FaultState.CONTESTED,
            fields=lambda row: {"stands": forms.ChoiceField(choices=STANDS)},
            permission="auctions.arbitrate",
        ),
    )
    related = ("award__step__lot__book", "book__venue", "book__asset", "provider")
    money = ("held", "amount", "to_estate")
    money_in = "book.asset"
    list_display = (
        "book",
        "provider",
        "state",
        "held",
        "amount",
        "to_estate",
        "contest_until",
        "decide_until",
        "created_at",
    )
    list_filter = ("book__venue", "provider", "state", "created_at")
    search_fields = ("book__reference", "provider__name", "=id", "=award__id")
    fieldsets = (
        (None, {"fields": ("book", "provider", "award", "state", "id")}),
        ("What it costs", {"fields": ("held", "amount", "to_estate", "drift_until")}),
        ("What was said", {"fields": ("contest_reason", "decision_reason")}),
        (
            "When",
            {
                "fields": (
                    *("created_at", "contestable_at", "contest_until", "contested_at", "decide_until"),
                    *("upheld_at", "dismissed_at"),
                )
            },
        ),
        ("Where a sweep failed", {"fields": ("retry_at", "parked_reason")}),
    )

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        return [marks_panel("Marks of the make-whole", obj.marks)] if obj.marks else []


@admin.register(VenueFault)
class VenueFaultAdmin(Shown):
    """What the venue paid providers whose awards failed by its own fault or silence."""

    related = ("award__step__lot__book", "book__asset", "provider")
    money = ("from_fees", "from_tranche")
    money_in = "book.asset"
    list_display = ("book", "provider", "from_fees", "from_tranche", "created_at")
    list_filter = ("book__venue", "provider", "created_at")
    search_fields = ("book__reference", "provider__name", "=id", "=award__id")
