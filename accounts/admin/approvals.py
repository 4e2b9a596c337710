"""What waits for a second person, and from which amounts on a venue wants one."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.desks.approvals import BY_TWO, read_approval
from accounts.lifecycle import ApprovalState
from accounts.models import Approval, ApprovalLimit
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from backstop import clock
from backstop.admin.base import Shown, add_to_pages
from backstop.admin.cells import Panel, plain
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.admin.filters import Known
from backstop.clock import DatabaseNow
from backstop.errors import DomainError
from backstop.models import Asset


class Operation(Known):
    """What was asked for."""

    title = parameter_name = "operation"

    def values(self) -> Iterable[object]:
        return sorted(BY_TWO)


@admin.register(Approval)
class ApprovalAdmin(Doing):
    """Asked for by one person, confirmed by another, or lapsed."""

    related = ("venue", "asset")
    list_display = ("operation", "venue", "amount", "asset", "reason", "asked_by", "standing", "lapses_at")
    list_filter = ("venue", "state", Operation, "created_at")
    search_fields = ("=id", "operation", "reason", "asked_by", "confirmed_by")
    fields = (
        "operation",
        "venue",
        "amount",
        "asset",
        "reason",
        "asked_by",
        "created_at",
        "standing",
        "lapses_at",
        "confirmed_by",
        "confirmed_at",
        "withdrawn_at",
        "withdrawal_reason",
        "id",
    )
    deeds = (
        Deed(
            "confirm",
            "Confirm",
            lambda row, reason: confirm_approval(venue_id=row.venue_id, approval_id=row.id),
            lambda row: _is_open(row),
        ),
        Deed(
            "withdraw",
            "Withdraw",
            lambda row, reason: withdraw_approval(venue_id=row.venue_id, approval_id=row.id, reason=reason),
            lambda row: _is_open(row),
            permission="accounts.add_approval",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return super().get_queryset(request).annotate(seen_at=DatabaseNow())

    @admin.display(description="state", ordering="state")
    def standing(self, approval: Any) -> str:
        return str(approval.standing_at(approval.seen_at))

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        note = f"Asked for by {obj.asked_by}, until {obj.lapses_at:%Y-%m-%d %H:%M:%S} UTC. {obj.reason}"
        return [Panel("What is to happen", ("What", "Which"), _asked_for(obj), note)]

    before = panels

    def concerned(self, obj: Any) -> list[Any]:
        """What was asked for changes the pages of the rows that it names."""
        return [obj, *(row for row in _arguments(obj).values() if _has_page(row) and type(row) is not Asset)]


@admin.register(ApprovalLimit)
class ApprovalLimitAdmin(Shown):
    """Set on the page of the asset."""

    related = ("venue", "asset")
    list_display = ("asset", "venue", "amount", "created_at")
    list_filter = ("venue",)
    search_fields = ("asset__code", "venue__code")


def _asked_for(approval: Approval) -> list[tuple[str, Any]]:
    """What the operation is to be given: rows by name, linked; as it was written where no release reads it any more."""
    return [
        (name.removesuffix("_id").replace("_", " "), _linked(value))
        for name, value in _arguments(approval).items()
        if name != "reason"
    ]


def _arguments(approval: Approval) -> dict[str, Any]:
    try:
        _, arguments = read_approval(approval)
    except DomainError:
        arguments = dict(approval.arguments)
    return {name: _row_of(name, value) for name, value in arguments.items()}


def _has_page(value: Any) -> bool:
    return isinstance(value, Model) and type(value) in admin.site._registry


def _row_of(name: str, value: Any) -> Any:
    """The row that an argument names by its id, if it does."""
    if not isinstance(value, UUID):
        return value
    called = name.removesuffix("_id").replace("_", "")
    models = [model for model in admin.site._registry if model._meta.model_name == called]
    return next((row for model in models for row in model._default_manager.filter(pk=value)), value)


def _linked(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_linked(each)}" for name, each in value.items())
    if not _has_page(value):
        return value
    address = reverse(f"admin:{value._meta.app_label}_{value._meta.model_name}_change", args=[value.pk])
    return format_html('<a href="{}">{}</a>', address, value)


def _is_open(approval: Approval) -> bool:
    return approval.standing_at(clock.now()) == ApprovalState.ASKED


def _asked(asset: Asset) -> dict[str, forms.Field]:
    text = "More than this at once needs a second person. Empty: whatever it is, one is enough."
    return {"amount": forms.DecimalField(required=False, min_value=Decimal(0), help_text=text)}


def _set(asset: Asset, reason: str, amount: Decimal | None) -> Any:
    return set_approval_limit(venue_id=asset.venue_id, asset=asset.code, amount=amount, reason=reason)


def _limits(asset: Asset) -> list[Panel]:
    limits = ApprovalLimit.objects.filter(asset=asset).order_by("-created_at")
    rows = [(limit.created_at, plain(limit.amount)) for limit in limits]
    note = "More than this at once needs a second person. Without one, one is enough."
    return [Panel("Approval limit", ("Since", "Amount"), rows, note)]


add_to_pages(Asset, _limits, lambda request, asset: [])
add_deeds(
    Asset,
    Deed(
        "limit",
        "Set approval limit",
        _set,
        lambda asset: True,
        fields=_asked,
        permission="accounts.change_approvallimit",
    ),
)
