"""/v1/books: a venue hands its books in, and sees what becomes of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.books import (
    BookDetailOutput,
    BookInput,
    BookOutput,
    BooksInput,
    BooksOutput,
    order_of,
)
from auctions.models import Award, Book, Lot, Position, Step
from auctions.operations.intake import receive_books
from auctions.tasks import wake
from backstop.api.views import ListView, View
from backstop.errors import DomainError, Fault, NotFound

FIRST = "/books/0"
ONE_OR_MANY = PolymorphicProxySerializer("OneBookOrMany", [BookInput, BooksInput], None)
ONE_OR_MANY_SHOWN = PolymorphicProxySerializer("OneBookOrManyShown", [BookOutput, BooksOutput], None)


class BookUnknown(NotFound):
    """The venue has no such book."""


class Books(ListView):
    scope = "books"
    model = Book
    serializer_class = BookOutput
    filterset_fields = ["state", "account", "reference"]

    def listed(self) -> QuerySet[Book]:
        return _shown().filter(venue=self.principal.venue)

    @extend_schema(request=ONE_OR_MANY, responses={201: ONE_OR_MANY_SHOWN})
    def post(self, request: Request) -> Response:
        """Hand in one book, or up to 1,000: all of them or none. The same content again gets the same answer."""
        several = isinstance(request.data, Mapping) and "books" in request.data
        sent = self.body(BooksInput)["books"] if several else [self.body(BookInput)]
        try:
            taken = self.write(
                _answer, receive_books, venue_id=self.principal.venue.id, orders=[order_of(one) for one in sent]
            )
        except DomainError as error:
            if not several:
                error.faults = tuple(Fault(f.pointer.removeprefix(FIRST), f.code, f.message) for f in error.faults)
            raise
        wake("route_books")
        return Response({"books": taken} if several else taken[0], 201)


class OneBook(View):
    scope = "books"

    @extend_schema(responses=BookDetailOutput)
    def get(self, request: Request, book_id: UUID) -> Response:
        """A book with its positions, lots, steps, awards and money."""
        awards = Award.objects.order_by("created_at", "id").select_related("provider", "settlement")
        steps = Step.objects.order_by("ordinal").select_related("auction").prefetch_related(Prefetch("awards", awards))
        lots = Lot.objects.order_by("ordinal").select_related("product_group")
        positions = Position.objects.order_by("ordinal").select_related("instrument", "lot")
        detailed = _shown().prefetch_related(
            Prefetch("positions", positions), Prefetch("lots", lots.prefetch_related(Prefetch("steps", steps)))
        )
        book = detailed.filter(venue=self.principal.venue, id=book_id).first()
        if book is None:
            raise BookUnknown(f"there is no book {book_id}")
        return Response(BookDetailOutput(book).data)


def _shown() -> QuerySet[Book]:
    return Book.objects.select_related("asset", "playbook", "owner_group")


def _answer(books: Sequence[Book]) -> list[Any]:
    found = _shown().in_bulk([book.id for book in books])
    return [dict(BookOutput(found[book.id]).data) for book in books]
