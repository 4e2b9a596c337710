"""/v1/books/{id}/statement: what a venue hands to the owner of an account that was liquidated."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.statements import StatementOutput, shown
from auctions.desks.statements import statement_of
from auctions.queries import list_books_in_full
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.api.views import View
from backstop.metering import Cost


class StatementOfBook(View):
    scope = "books"
    reading = Cost("requests", 10)

    @extend_schema(responses=StatementOutput)
    def get(self, request: Request, book_id: UUID) -> Response:
        """What became of a book and of its money, for the owner of the account: each step, each sale and each movement.
        It names no provider. Until the book is closed it is provisional."""
        book = list_books_in_full().filter(venue=self.principal.venue, id=book_id).first()
        if book is None:
            raise AuctionRefusal.BOOK_UNKNOWN.error(f"there is no book {book_id}")
        return Response(shown(statement_of(book, clock.now())))
