"""Repos in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.lifecycle import RepoState
from accounts.models import Repo, RepoRepayment
from accounts.models.repos import REPAYING
from accounts.queries import list_repos
from backstop import clock
from backstop.api.parsing import AmountText, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class RepoInput(StrictSerializer):
    """How much a cover's insurers are to lend, and what of the fund's inventory is pledged for it."""

    instrument = TextField(max_length=64)
    amount = AmountText(positive=True)
    reference = TextField(max_length=128)
    reason = TextField(max_length=MAX_REASON)


class RepoRepaymentInput(StrictSerializer):
    """What the fund repays before it has to, and why."""

    amount = AmountText(positive=True)
    reference = TextField(max_length=128)
    reason = TextField(max_length=MAX_REASON)


class RepoRepaymentOutput(serializers.ModelSerializer[RepoRepayment]):
    """What came back at an instant, interest first, and whose money that was."""

    principal = AmountText()
    interest = AmountText()
    paid_by: Any = serializers.ChoiceField([(kind.value, kind.value) for kind in REPAYING])

    class Meta:
        model = RepoRepayment
        fields = ["repaid_at", "principal", "interest", "paid_by", "reference"]


class RepoOutput(serializers.ModelSerializer[Repo]):
    """What a cover's insurers lent to the fund, each its part, what is pledged for it, and what is owed of it now."""

    cover_id = serializers.UUIDField()
    state: Any = serializers.ChoiceField(RepoState.choices)
    asset = serializers.CharField(source="cover.asset.code")
    amount = AmountText()
    instrument = serializers.CharField(source="instrument.symbol")
    quantity = AmountText()
    price = AmountText()
    pledged = AmountText()
    left = AmountText()
    interest = serializers.SerializerMethodField()
    written_off = AmountText()
    repayments = RepoRepaymentOutput(many=True)

    class Meta:
        model = Repo
        fields = [
            "id",
            "created_at",
            "cover_id",
            "asset",
            "amount",
            "instrument",
            "quantity",
            "price",
            "reference",
            "state",
            "drawn_at",
            "due_at",
            "pledged",
            "left",
            "interest",
            "written_off",
            "repayments",
            "overdue_at",
            "repaid_at",
            "written_off_at",
        ]

    @extend_schema_field(AmountText)
    def get_interest(self, repo: Repo) -> Any:
        return AmountText().to_representation(repo.interest_at(clock.now()))


def shown_repo(repo: Repo) -> Any:
    """A repo as it is answered with after something was done to it."""
    return dict(RepoOutput(list_repos(repo.venue_id).get(id=repo.id)).data)
