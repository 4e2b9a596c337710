"""GET /v1/auctions/{id}/transcript: what a sealed auction was decided by, once it is; see `manage.py verify`."""

from functools import partial
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.lifecycle import UNDER_WAY, StepKind
from auctions.models import Auction, Transcript
from auctions.rules.refusals import AuctionRefusal
from backstop.api.views import Reading


class OneTranscript(Reading):
    """A venue asks with the scope `books`, a provider with `read`."""

    @property
    def scope(self) -> str:  # type: ignore[override]
        return "books" if self.principal.provider is None else "read"

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, auction_id: UUID) -> Response:
        """The transcript of a sealed auction of your venue: terms, every bid under pseudonyms with its salt and digest,
        Merkle root, outcome, and signature."""
        return Response(self.read(partial(self._document, auction_id)))

    def _document(self, auction_id: UUID, database: str) -> Any:
        auction = Auction.objects.using(database).filter(venue=self.principal.venue, id=auction_id).first()
        if auction is None:
            raise AuctionRefusal.AUCTION_UNKNOWN.error()
        if auction.kind == StepKind.SEALED and auction.state in UNDER_WAY:
            raise AuctionRefusal.AUCTION_NOT_DECIDED.error()
        transcript = Transcript.objects.using(database).filter(auction=auction).first()
        if transcript is None:
            raise AuctionRefusal.TRANSCRIPT_UNKNOWN.error()
        return transcript.document
