"""/v1/commitments: a provider's standing bids, and what is left of them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.commitments import (
    CommitmentInput,
    CommitmentOutput,
    ProposalInput,
    TermsInput,
    terms_sent,
)
from accounts.api.serializers.reasons import ReasonInput
from accounts.models import Commitment, Provider
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from accounts.queries import list_commitments
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms
from backstop import clock
from backstop.api.versions import ETAG, IF_MATCH, tagged, versions_to_match
from backstop.api.views import ListView, View


class Commitments(DeedView, ListView):
    """The provider's own standing bids, newest first."""

    scope = "read"
    write_scope = "commitments"
    model = Commitment
    serializer_class = CommitmentOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[Commitment]:
        return list_commitments(self.principal.provider.id, clock.now())

    @extend_schema(operation_id="proposeCommitment", request=CommitmentInput, responses={201: CommitmentOutput})
    def post(self, request: Request) -> Response:
        """Propose a standing bid for the venue, a product group or an instrument; it stands once the venue approves."""
        sent = self.body(CommitmentInput)
        return self.carry_out_on_rows(
            _shown,
            propose_commitment,
            201,
            provider=self.principal.provider,
            product_group=sent.get("product_group"),
            instrument=sent.get("instrument"),
            terms=StandingTerms(**terms_sent(sent)),
        )


class OneCommitment(DeedView):
    scope = "read"
    write_scope = "commitments"

    @extend_schema(parameters=[ETAG], responses=CommitmentOutput)
    def get(self, request: Request, commitment_id: UUID) -> Response:
        """One standing bid, with the terms in force and those that are announced."""
        return tagged(Response(_shown(get_own(self, commitment_id))))

    @extend_schema(
        operation_id="changeCommitment",
        parameters=[IF_MATCH, ETAG],
        request=TermsInput,
        responses=CommitmentOutput,
    )
    def patch(self, request: Request, commitment_id: UUID) -> Response:
        """Change some terms. What gets better for the venue does so at once, the rest after the venue's notice."""
        changes = terms_sent(self.body(TermsInput))
        said = {"provider": self.principal.provider, "commitment_id": commitment_id, "changes": changes}
        said |= {"versions": versions_to_match(request)}
        return tagged(self.carry_out_on_rows(_shown, change_commitment, **said))

    @extend_schema(operation_id="withdrawCommitment", parameters=[IF_MATCH, ETAG], responses={200: CommitmentOutput})
    def delete(self, request: Request, commitment_id: UUID) -> Response:
        """Withdraw: it ends once the venue's notice is over, and stands for books that were received before."""
        said = {"provider": self.principal.provider, "commitment_id": commitment_id}
        said |= {"versions": versions_to_match(request)}
        return tagged(Response(self.write(_shown, withdraw_commitment, **said)))


class CommitmentsOfProvider(DeedView):
    scope = "providers"

    @extend_schema(
        operation_id="proposeCommitmentForProvider", request=ProposalInput, responses={201: CommitmentOutput, **PENDING}
    )
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Propose a standing bid for a provider, as its venue; it stands once it is approved."""
        sent = self.body(ProposalInput)
        provider = Provider.objects.filter(id=provider_id, venue=self.principal.venue).first()
        if provider is None:
            raise AccountRefusal.PROVIDER_UNKNOWN.error(f"this venue has no provider {provider_id}")
        said: dict[str, Any] = {"product_group": sent.get("product_group"), "instrument": sent.get("instrument")}
        terms = StandingTerms(**terms_sent(sent))
        said |= {"provider": provider, "terms": terms, "reason": sent["reason"]}
        return self.carry_out_on_rows(_shown, propose_commitment, 201, **said)


class _OfVenue(DeedView):
    """One of the standing bids that a venue may count on; another venue's does not exist for it."""

    scope = "providers"

    def commitment(self, commitment_id: UUID) -> Commitment:
        found = Commitment.objects.filter(id=commitment_id, venue=self.principal.venue).select_related("provider")
        commitment = found.first()
        if commitment is None:
            raise AccountRefusal.COMMITMENT_UNKNOWN.error(f"there is no commitment {commitment_id}")
        return commitment


class ApproveCommitment(_OfVenue):
    @extend_schema(operation_id="approveCommitment", request=ReasonInput, responses={200: CommitmentOutput, **PENDING})
    def post(self, request: Request, commitment_id: UUID) -> Response:
        """Approve a standing bid: books are assigned to it from then on."""
        reason = self.body(ReasonInput)["reason"]
        one = self.commitment(commitment_id)
        return self.carry_out_on_rows(_shown, approve_commitment, commitment_id=one.id, reason=reason)


class SuspendCommitment(_OfVenue):
    @extend_schema(operation_id="suspendCommitment", request=ReasonInput, responses=CommitmentOutput)
    def post(self, request: Request, commitment_id: UUID) -> Response:
        """Suspend a standing bid: nothing more is taken from it, at once."""
        reason = self.body(ReasonInput)["reason"]
        one = self.commitment(commitment_id)
        return Response(self.write(_shown, suspend_commitment, commitment_id=one.id, reason=reason))


class ResumeCommitment(_OfVenue):
    @extend_schema(operation_id="resumeCommitment", request=ReasonInput, responses={200: CommitmentOutput, **PENDING})
    def post(self, request: Request, commitment_id: UUID) -> Response:
        """Let a suspended standing bid stand again."""
        reason = self.body(ReasonInput)["reason"]
        one = self.commitment(commitment_id)
        return self.carry_out_on_rows(_shown, resume_commitment, commitment_id=one.id, reason=reason)


class WithdrawCommitment(_OfVenue):
    @extend_schema(operation_id="withdrawCommitmentForProvider", request=ReasonInput, responses=CommitmentOutput)
    def post(self, request: Request, commitment_id: UUID) -> Response:
        """Withdraw a standing bid for its provider: it ends once the venue's notice is over."""
        reason = self.body(ReasonInput)["reason"]
        one = self.commitment(commitment_id)
        said = {"provider": one.provider, "commitment_id": one.id, "reason": reason}
        return Response(self.write(_shown, withdraw_commitment, **said))


def get_own(view: View, commitment_id: UUID) -> Commitment:
    """The provider's own commitment; another's does not exist for it."""
    commitment = Commitment.objects.filter(id=commitment_id, provider=view.principal.provider)
    found = commitment.select_related("provider", "instrument").first()
    if found is None:
        raise AccountRefusal.COMMITMENT_UNKNOWN.error(f"there is no commitment {commitment_id}")
    return found


def _shown(commitment: Commitment) -> Any:
    fresh = list_commitments(commitment.provider_id, clock.now()).get(id=commitment.id)
    return CommitmentOutput(fresh).data
