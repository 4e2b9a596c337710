"""What a book's steps were decided by, signed: of one auction, and of the whole book. See `manage.py verify`."""

from functools import partial
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.lifecycle import BOOK, UNDER_WAY, StepKind
from auctions.models import Auction, Book, ChainLink, Transcript
from auctions.queries import get_chain
from auctions.rules.refusals import AuctionRefusal
from backstop.api.views import Reading, by_party
from backstop.metering import Cost


class _Published(Reading):
    """A venue asks with the scope `books`, a provider with `read`."""

    scope = by_party("books")

    def may_read(self, book: Book) -> bool:
        """What a drill was decided by is its venue's: in it stand, free of cost, the commitments of everybody."""
        return self.principal.provider is None or not book.is_drill

    def marked(self, published: Any, book: Book) -> Any:
        """What is published of a book; of a drill's that it is one, which is not signed."""
        return {**published, "drill": True} if book.is_drill else published

    def require_over(self, book: Book) -> None:
        """What a lot can still spend is nobody's to know who might take it. Raises `book_not_over`."""
        if self.principal.provider is not None and book.state not in BOOK.final:
            raise AuctionRefusal.BOOK_NOT_OVER.error()


class OneTranscript(_Published):
    reading = Cost("requests", 2)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, auction_id: UUID) -> Response:
        """What an auction of your venue was decided by. A sealed one: terms, every bid under pseudonyms with its salt
        and digest, Merkle root, outcome, and signature. A Dutch one: its link of the book's chain, for providers once
        the book is over. Those of drills are for their venue, and say `drill` beside what is signed."""
        return Response(self.read(partial(self._document, auction_id)))

    def _document(self, auction_id: UUID, database: str) -> Any:
        auctions = Auction.objects.using(database).select_related("step__lot__book__asset")
        auction = auctions.filter(venue=self.principal.venue, id=auction_id).first()
        if auction is None or not self.may_read(auction.step.lot.book):
            raise AuctionRefusal.AUCTION_UNKNOWN.error()
        if auction.state in UNDER_WAY:
            raise AuctionRefusal.AUCTION_NOT_DECIDED.error()
        published: Transcript | ChainLink | None
        if auction.kind == StepKind.SEALED:
            published = Transcript.objects.using(database).filter(auction=auction).first()
        else:
            self.require_over(auction.step.lot.book)
            published = ChainLink.objects.using(database).filter(step=auction.step_id).first()
        if published is None:
            raise AuctionRefusal.TRANSCRIPT_UNKNOWN.error()
        return self.marked(published.document, auction.step.lot.book)


class BookTranscripts(_Published):
    reading = Cost("requests", 10)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, book_id: UUID) -> Response:
        """The chain of a book of your venue, from intake to close: each step with what decided it, under pseudonyms,
        signed, and naming the one before by its digest (`links`), and the transcripts of its sealed auctions
        (`sealed`). For providers once the book is over, and none of a drill, which says `drill` beside them."""
        return Response(self.read(partial(self._chain, book_id)))

    def _chain(self, book_id: UUID, database: str) -> Any:
        books = Book.objects.using(database).select_related("asset")
        book = books.filter(venue=self.principal.venue, id=book_id).first()
        if book is None or not self.may_read(book):
            raise AuctionRefusal.BOOK_UNKNOWN.error()
        self.require_over(book)
        chain = get_chain(book, ChainLink.objects.using(database), Transcript.objects.using(database))
        return self.marked(chain, book)
