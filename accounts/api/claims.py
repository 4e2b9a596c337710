"""/v1/claims: what covers owe of loss events, who answered that, and how it was decided."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.claims import ClaimDecisionInput, ClaimOutput, DisputeInput
from accounts.models import Claim
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.queries import list_claims
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView, View, by_party


class Claims(ListView):
    """A venue sees all that covers owe of its loss events; a provider those of covers that it insures."""

    scope = by_party("risk")
    model = Claim
    serializer_class = ClaimOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[Claim]:
        own, claims = self.principal.provider, list_claims(self.principal.venue.id)
        return claims if own is None else claims.filter(cover__shares__provider=own)


class OneClaim(RowView):
    """One claim."""

    of = Claims
    unknown = AccountRefusal.CLAIM_UNKNOWN


class _ByInsurer(View):
    """What a provider does that insures the cover."""

    scope = "commitments"

    @property
    def whose(self) -> dict[str, Any]:
        """The insurer that the caller is."""
        provider = self.principal.provider
        assert provider is not None  # the scope is a provider's
        return {"venue_id": self.principal.venue.id, "provider_id": provider.id}


class AnswerClaim(_ByInsurer):
    @extend_schema(operation_id="answerClaim", request=None, responses=ClaimOutput)
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Answer for all insurers that the cover pays: what is insured is due at once."""
        return Response(self.write(_shown, answer_claim, claim_id=claim_id, **self.whose))


class DisputeClaim(_ByInsurer):
    @extend_schema(operation_id="disputeClaim", request=DisputeInput, responses=ClaimOutput)
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Dispute an amount of the claim: the rest is due at once, and an arbiter decides in time, or it is owed."""
        sent = self.body(DisputeInput)
        return Response(self.write(_shown, dispute_claim, claim_id=claim_id, **self.whose, **sent))


class DecideClaim(View):
    scope = "arbitrate"

    @extend_schema(operation_id="decideClaim", request=ClaimDecisionInput, responses=ClaimOutput)
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Decide, as arbiter, how much of what is disputed is not owed: the rest is due at once."""
        sent = self.body(ClaimDecisionInput)
        venue_id = self.principal.venue.id
        return Response(self.write(_shown, decide_claim, venue_id=venue_id, claim_id=claim_id, **sent))


def _shown(claim: Claim) -> Any:
    return dict(ClaimOutput(list_claims(claim.venue_id).get(id=claim.id)).data)
