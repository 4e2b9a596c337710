"""/v1/covers: contracts by which providers insure a venue, or accounts at it, against what loss events cost."""

from functools import partial
from uuid import UUID, uuid4

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.covers import (
    CoverInput,
    CoverOutput,
    CoverSignatureInput,
    drafted_cover,
    shown_cover,
)
from accounts.api.serializers.reasons import ReasonInput
from accounts.models import Cover
from accounts.operations.covers.draft_cover import draft_cover
from accounts.operations.covers.give_notice import give_notice
from accounts.operations.covers.sign_cover import sign_cover
from accounts.queries import list_covers
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import ContractTerms
from backstop.api.views import ListView, RowView, View, by_party


class Covers(ListView):
    """A venue's covers, or those that a provider insures, once they are offered; newest first."""

    scope = by_party("risk")
    write_scope = "risk"
    model = Cover
    serializer_class = CoverOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[Cover]:
        own, covers = self.principal.provider, list_covers(self.principal.venue.id)
        return covers if own is None else covers.filter(shares__provider=own, offered_at__isnull=False)

    @extend_schema(operation_id="draftCover", request=CoverInput, responses={201: CoverOutput})
    def post(self, request: Request) -> Response:
        """Draft a cover; it binds nobody until the venue and all insurers signed it and it is activated."""
        sent = self.body(CoverInput)
        text = sent.pop("text")
        terms = ContractTerms(cover_id=uuid4(), venue_id=self.principal.venue.id, **sent)
        return Response(self.write(partial(drafted_cover, request), draft_cover, terms=terms, text=text), 201)


class OneCover(RowView):
    """One cover: its contract, who signed it, what its insurers have held, and what would refuse its activation."""

    of = Covers
    unknown = AccountRefusal.COVER_UNKNOWN


class _OfParty(View):
    """What any party does; the venue by its key for risk, a provider by one for what it offers."""

    scope = by_party("risk", "commitments")

    @property
    def whose(self) -> dict[str, UUID | None]:
        """The party that the caller is."""
        own = self.principal.provider
        return {"venue_id": self.principal.venue.id, "provider_id": own and own.id}


class SignCover(_OfParty):
    @extend_schema(operation_id="signCover", request=CoverSignatureInput, responses=CoverOutput)
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Sign the contract by a key that you registered: the venue first, then each insurer."""
        sent = self.body(CoverSignatureInput)
        return Response(self.write(shown_cover, sign_cover, cover_id=cover_id, **self.whose, **sent))


class NoticeOfCover(_OfParty):
    offers = False

    @extend_schema(operation_id="giveNotice", request=ReasonInput, responses=CoverOutput)
    def post(self, request: Request, cover_id: UUID) -> Response:
        """Give notice: once it is over, the cover stands for no further loss event."""
        sent = self.body(ReasonInput)
        return Response(self.write(shown_cover, give_notice, cover_id=cover_id, **self.whose, **sent))
