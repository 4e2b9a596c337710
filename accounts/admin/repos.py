"""Repos: what covers' insurers lent to funds against their inventory, and what came back of it."""

from collections.abc import Mapping

from django import forms
from django.contrib import admin

from accounts.lifecycle import RepoState
from accounts.models import Repo, RepoRepayment
from accounts.operations.repos.repay_repo import repay_repo
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, Doing


@admin.register(Repo)
class RepoAdmin(Doing):
    """What was lent to a fund, what is pledged for it, and what of it did not come back yet."""

    related = ("venue", "cover__venue", "cover__group", "cover__asset", "instrument")
    list_display = ("venue", "cover", "state", "amount", "left", "instrument", "pledged", "drawn_at", "due_at")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("reference", "=id")
    deeds = (
        Deed(
            "repayment",
            "Repay out of the fund",
            lambda repo, **said: repay_repo(venue_id=repo.venue_id, repo_id=repo.id, **said),
            lambda repo: repo.state != RepoState.REPAID,
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
