"""Settlements: how far each is, until when the venue may confirm, and why one failed or stands aside."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from auctions.lifecycle import SettlementState
from auctions.models import AtFault, Settlement
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.reject_settlement import reject_settlement
from backstop.admin.cells import Panel, as_number, plain
from backstop.admin.deeds import Deed, Doing


@admin.register(Settlement)
class SettlementAdmin(Doing):
    """Confirmed or rejected by the venue's engine over its API; by hand here, with two persons above its limits."""

    deeds = (
        Deed(
            "confirm",
            "Confirm by hand",
            lambda row, reason: confirm_settlement(venue_id=row.book.venue_id, settlement_id=row.id, reason=reason),
            lambda row: row.state == SettlementState.AWAITING,
        ),
        Deed(
            "reject",
            "Reject by hand",
            lambda row, **said: reject_settlement(venue_id=row.book.venue_id, settlement_id=row.id, **said),
            lambda row: row.state == SettlementState.AWAITING,
            fields=lambda row: {"fault": forms.TypedChoiceField(choices=AtFault.choices, coerce=AtFault)},
        ),
    )

    related = ("award__provider", "award__step__lot__book", "book__venue", "book__asset")
    money = ("notional",)
    money_in = "book.asset"
    list_display = (
        "book",
        "venue",
        "taker",
        "state",
        "units",
        "notional",
        "edge",
        "confirm_by",
        "settled_at",
        "parked_reason",
        "created_at",
    )
    list_filter = (
        "book__venue",
        "state",
        "fault",
        "award__provider",
        ("parked_reason", admin.EmptyFieldListFilter),
        "created_at",
    )
    search_fields = ("book__reference", "award__provider__name", "=id", "=award__id")
    fieldsets = (
        (None, {"fields": ("book", "venue", "taker", "state", "sequence", "id")}),
        ("What", {"fields": ("units", "notional", "edge")}),
        (
            "When",
            {"fields": ("created_at", "confirm_by", "confirmed_at", "settled_at", "rejected_at", "expired_at")},
        ),
        ("What went wrong", {"fields": ("reason", "fault", "retry_at", "parked_reason")}),
    )

    @admin.display(ordering="book__venue__code")
    def venue(self, settlement: Settlement) -> str:
        return settlement.book.venue.code

    @admin.display(ordering="award__provider__name")
    def taker(self, settlement: Settlement) -> str:
        return str(settlement.award.provider or settlement.award.get_beneficiary_display())

    @admin.display(ordering="award__units")
    def units(self, settlement: Settlement) -> int:
        return settlement.award.units

    @admin.display(ordering="award__notional")
    def notional(self, settlement: Settlement) -> str:
        return f"{plain(settlement.award.notional)} {settlement.book.asset}"

    @admin.display(description="edge (bps)", ordering="award__edge_bps")
    def edge(self, settlement: Settlement) -> str:
        return as_number(plain(settlement.award.edge_bps))

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        award = obj.award
        row = (award.step, plain(award.equity_part), plain(award.fund_part), plain(award.collateral_held))
        return [Panel("Award", ("Step", "Paid by the account", "By the fund", "Collateral held"), [row])]
