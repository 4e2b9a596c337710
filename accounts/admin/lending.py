"""What insurers lent, for an account's margin call or to a fund against its inventory, and what came back of it."""

from collections.abc import Mapping

from django import forms
from django.contrib import admin

from accounts.lifecycle import REPO, MarginCallState
from accounts.models import CureRepayment, MarginCall, Repo, RepoRepayment
from accounts.operations.margin_calls.repay_cure import repay_cure
from accounts.operations.repos.repay_repo import repay_repo
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, Doing


@admin.register(MarginCall)
class MarginCallAdmin(Doing):
    """What accounts lacked that covers protect, which insurer paid it, and what is left to repay."""

    related = ("venue", "cover__venue", "cover__group", "cover__asset", "group", "cured_by")
    list_display = ("account", "venue", "cover", "state", "amount", "cured_by", "left", "answer_by", "repay_by")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("account", "reference", "=id")
    deeds = (
        Deed(
            "repayment",
            "Say what came back",
            lambda call, **said: repay_cure(venue_id=call.venue_id, margin_call_id=call.id, **said),
            lambda call: call.state == MarginCallState.CURED,
            fields=lambda call: _repayment(),
            permission="accounts.change_account",
        ),
    )


@admin.register(CureRepayment)
class CureRepaymentAdmin(Shown):
    """What came back of what insurers paid for margin calls."""

    related = ("margin_call__cover__asset",)
    list_display = ("margin_call", "repaid_at", "principal", "interest", "reference")
    list_filter = ("margin_call__venue", "repaid_at")
    search_fields = ("reference", "=margin_call__id")


@admin.register(Repo)
class RepoAdmin(Doing):
    """What was lent to a fund, what is pledged for it, and what of it did not come back yet."""

    related = ("venue", "cover__venue", "cover__group", "cover__asset", "instrument")
    list_display = (
        *("venue", "cover", "state", "amount", "left", "written_off", "instrument", "pledged", "drawn_at"),
        "due_at",
    )
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("reference", "=id")
    deeds = (
        Deed(
            "repayment",
            "Repay out of the fund",
            lambda repo, **said: repay_repo(venue_id=repo.venue_id, repo_id=repo.id, **said),
            lambda repo: repo.state in REPO.under_way,
            fields=lambda repo: _repayment(),
            permission="accounts.change_account",
        ),
    )


@admin.register(RepoRepayment)
class RepoRepaymentAdmin(Shown):
    """What came back of what was lent to funds, and out of whose money."""

    related = ("repo__cover__asset", "repo__instrument")
    list_display = ("repo", "repaid_at", "principal", "interest", "paid_by", "reference")
    list_filter = ("repo__venue", "paid_by", "repaid_at")
    search_fields = ("reference", "=repo__id")


def _repayment() -> Mapping[str, forms.Field]:
    return {"amount": forms.DecimalField(), "reference": forms.CharField(max_length=128)}
