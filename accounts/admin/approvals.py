"""What waits for a second person, and from which amounts on a venue wants one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin

from accounts.lifecycle import ApprovalState
from accounts.models import Approval, ApprovalLimit
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.approvals.withdraw_approval import withdraw_approval
from backstop import clock
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.models import Asset
from backstop.values.documents import canonical


@admin.register(Approval)
class ApprovalAdmin(Doing):
    """Asked for by one person, confirmed by another, or lapsed."""

    related = ("venue", "asset")
    list_display = ("operation", "venue", "amount", "asset", "reason", "asked_by", "standing", "lapses_at")
    list_filter = ("venue", "state", "operation", "created_at")
    search_fields = ("=id", "operation", "reason", "asked_by", "confirmed_by")
    fields = (
        "operation",
        "what",
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
            reason=True,
            permission="accounts.add_approval",
        ),
    )

    @admin.display(description="state", ordering="state")
    def standing(self, approval: Approval) -> str:
        return approval.standing_at(clock.now())

    @admin.display(description="what is to happen")
    def what(self, approval: Approval) -> str:
        return canonical(approval.arguments).decode()


@admin.register(ApprovalLimit)
class ApprovalLimitAdmin(Shown):
    """Set on the page of the asset."""

    related = ("venue", "asset")
    list_display = ("asset", "venue", "amount", "created_at")
    list_filter = ("venue",)
    search_fields = ("asset__code", "venue__code")


def _is_open(approval: Approval) -> bool:
    return approval.standing_at(clock.now()) == ApprovalState.ASKED


def _asked(asset: Asset) -> dict[str, forms.Field]:
    text = "More than this at once needs a second person. Empty: whatever it is, one is enough."
    return {"amount": forms.DecimalField(required=False, min_value=Decimal(0), help_text=text)}


def _set(asset: Asset, reason: str, amount: Decimal | None) -> Any:
    return set_approval_limit(venue_id=asset.venue_id, asset=asset.code, amount=amount, reason=reason)


add_deeds(
    Asset,
    Deed(
        "limit",
        "Set approval limit",
        _set,
        lambda asset: True,
        reason=True,
        fields=_asked,
        permission="accounts.change_approvallimit",
    ),
)
