"""/v1/books: a venue hands its books in, sees what becomes of them, and until the first award corrects them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.reasons import ReasonInput
from auctions.api.serializers.books import (
    AmendmentInput,
    BookDetailOutput,
    BookInput,
    BookOutput,
    BooksInput,
    BooksOutput,
    ForeseenOutput,
    ReceivedBookOutput,
    order_of,
)
from auctions.desks.drafts import BookOrder
from auctions.lifecycle import BookState
from auctions.models import Book
from auctions.operations.operator.retry_book import retry_book
from auctions.operations.sweeps.route_books import route_books
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.foresee_books import foresee_books
from auctions.operations.venue.receive_books import receive_books
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.queries import list_books, list_books_in_full
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import wake
from backstop.api.views import ListView, View
from backstop.errors import DomainError, Fault
from backstop.locks import of_transaction

FIRST = "/books/0"
ONE_OR_MANY = PolymorphicProxySerializer("OneBookOrMany", [BookInput, BooksInput], None)
ONE_OR_MANY_SHOWN = PolymorphicProxySerializer("OneBookOrManyShown", [ReceivedBookOutput, BooksOutput], None)
MOST_FORESEEN = 20  # the venue's intake waits for it


class BookFilters(filters.FilterSet):
    loss_event_id = filters.UUIDFilter()

    class Meta:
        model = Book
        fields = ["state", "account", "reference"]


class Books(ListView):
    """The venue's books, newest first."""

    scope = "books"
    model = Book
    serializer_class = BookOutput
    filterset_class = BookFilters

    def listed(self) -> QuerySet[Book]:
        return list_books().filter(venue=self.principal.venue)

    @extend_schema(operation_id="sendBooks", request=ONE_OR_MANY, responses={201: ONE_OR_MANY_SHOWN})
    def post(self, request: Request) -> Response:
        """Hand in one book, or up to 1,000: all of them or none. The same content again gets the same answer.

        A dry run of up to 20 tells besides what is `foreseen` of them: whether their markets would take them, by the
        depths reported last, and what commitments would take of their lots now."""
        several = isinstance(request.data, Mapping) and "books" in request.data
        sent = self.body(BooksInput)["books"] if several else [self.body(BookInput)]
        try:
            orders = [order_of(one, BookOrder) for one in sent]
            answer = _foresee if self.conditions.dry_run and len(orders) <= MOST_FORESEEN else _received
            taken = self.write(answer, receive_books, venue_id=self.principal.venue.id, orders=orders)
        except DomainError as error:
            if not several:
                error.faults = tuple(Fault(f.pointer.removeprefix(FIRST), f.code, f.message) for f in error.faults)
            raise
        wake("route_books")
        return Response({"books": taken} if several else taken[0], 201)


class OneBook(DeedView):
    scope = "books"

    @extend_schema(responses=BookDetailOutput)
    def get(self, request: Request, book_id: UUID) -> Response:
        """A book with its positions, lots, steps, awards and money."""
        book = list_books_in_full().filter(venue=self.principal.venue, id=book_id).first()
        if book is None:
            raise AuctionRefusal.BOOK_UNKNOWN.error(f"there is no book {book_id}")
        return Response(BookDetailOutput(book).data)

    @extend_schema(operation_id="amendBook", request=AmendmentInput, responses={200: BookOutput, **PENDING})
    def put(self, request: Request, book_id: UUID) -> Response:
        """Amend a book until its first award: what is sent takes the place of `expected_version`, marked anew, and goes
        through the market from the start. Bids on it are void. The same again gets the same answer."""
        sent = self.body(AmendmentInput)
        version = sent.pop("expected_version")
        arguments = {"book_id": book_id, "order": order_of(sent, BookOrder), "expected_version": version}
        answer = self.carry_out(_one, amend_book, **arguments)
        wake("route_books")
        return answer


class RetryBook(View):
    scope = "books"

    @extend_schema(operation_id="retryBook", request=ReasonInput, responses=BookOutput)
    def post(self, request: Request, book_id: UUID) -> Response:
        """Try again at once what stands aside of a book because something unexpected happened to it."""
        reason = self.body(ReasonInput)["reason"]
        shown = self.write(_one, retry_book, venue_id=self.principal.venue.id, book_id=book_id, reason=reason)
        wake("route_books")
        return Response(shown)


class Withdraw(DeedView):
    scope = "books"

    @extend_schema(operation_id="withdrawBook", request=ReasonInput, responses={200: BookOutput, **PENDING})
    def post(self, request: Request, book_id: UUID) -> Response:
        """Take a book back until its first award, as it came. Bids on it are void."""
        reason = self.body(ReasonInput)["reason"]
        return self.carry_out(_one, withdraw_book, book_id=book_id, reason=reason)


def _one(book: Book) -> Any:
    return _answer([book])[0]


def _foresee(books: Sequence[Book]) -> list[Any]:
    """What would come of these, whose intake is taken back with all of this."""
    shown = _received(books)
    new = [book.id for book in books if book.state == BookState.RECEIVED]
    with of_transaction():  # nobody else sees them: what is locked of them needs no turn
        route_books(ids=new)
        foreseen = foresee_books(book_ids=new)
    found = {str(book_id): ForeseenOutput(each).data for book_id, each in foreseen.items()}
    return [book | {"foreseen": found.get(book["id"])} for book in shown]


def _received(books: Sequence[Book]) -> list[Any]:
    return [book | {"foreseen": None} for book in _answer(books)]


def _answer(books: Sequence[Book]) -> list[Any]:
    found = list_books().in_bulk([book.id for book in books])
    return [dict(BookOutput(found[book.id]).data) for book in books]
