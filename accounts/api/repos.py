"""/v1/repos: what covers' insurers lent to a venue's fund against its inventory, and what came back of that."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.repos import RepoOutput, RepoRepaymentInput, shown_repo
from accounts.models import Repo
from accounts.operations.repos.repay_repo import repay_repo
from accounts.queries import list_repos, list_repos_of
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView, by_party


class Repos(ListView):
    """A venue's repos; a provider's are those of covers that it insures; newest first."""

    scope = by_party("fund")
    model = Repo
    serializer_class = RepoOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[Repo]:
        own = self.principal.provider
        return list_repos(self.principal.venue.id) if own is None else list_repos_of(own)


class OneRepo(RowView):
    """One repo, with what is owed of it now."""

    of = Repos
    unknown = AccountRefusal.REPO_UNKNOWN


class RepayRepo(DeedView):
    scope = "fund"

    @extend_schema(operation_id="repayRepo", request=RepoRepaymentInput, responses={201: RepoOutput, **PENDING})
    def post(self, request: Request, repo_id: UUID) -> Response:
        """Repay, out of what is free in the fund, what insurers lent to it, before it is due; once for each
        reference."""
        sent = self.body(RepoRepaymentInput)
        return self.carry_out(shown_repo, repay_repo, 201, repo_id=repo_id, **sent)
