"""What every view of the API starts from: strict bodies, one call of an operation, cursor pages, a described problem.

A view names the scope that its key needs (`scope`, and `write_scope` where writing needs another), reads what was sent
with `body`, and changes something by one `write`. What a replica may answer is read by `read`, as every list is.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, Error
from django.db.models import Model, QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from backstop import replica, transactions
from backstop.api import read_tokens
from backstop.api.conditions import CONDITIONS, UNCONDITIONAL, conditions_of
from backstop.api.deprecation import Deprecable
from backstop.api.openapi import ReadingSchema, Schema
from backstop.api.pages import TIMES, CursorPage, PageInput
from backstop.api.parsing import StrictJSONParser, read
from backstop.api.query_strings import require_known
from backstop.api.raw import header_of
from backstop.errors import Refusal
from backstop.metering import Cost
from backstop.models import Venue
from backstop.models.idempotency import IDEMPOTENCY_HEADER, REPLAYED_HEADER
from backstop.refusals import GroundRefusal

R = TypeVar("R")

ANYTHING = "*/*"
JSON, ONLY_JSON = JSONRenderer(), [JSONRenderer]

_SANE_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


class Caller(Protocol):
    """Who is asking, as far as the ground floor knows: a key of this venue, or of one of its providers."""

    id: UUID
    counts_as: UUID
    venue: Venue
    provider: Any
    prefix: str

    def require_offering(self) -> None:
        """Raises where it may offer nothing new."""


class PublicView(Deprecable, APIView):
    """What everybody may read without a key. It is as strict as any other."""

    schema = Schema()
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_known(request.query_params, ())


class ByParty:
    """A scope: what a venue's key needs, and what a provider's does for the same of its own."""

    def __init__(self, venue: str, provider: str) -> None:
        self.scopes = (venue, provider)

    def __get__(self, view: Any, owner: type) -> Any:
        return self if view is None else self.scopes[view.principal.provider is not None]


def by_party(venue: str, provider: str = "read") -> Any:
    """What a venue's key needs, and a provider's: `read` unless said."""
    return ByParty(venue, provider)


class View(Deprecable, APIView):
    """One resource."""

    schema = Schema()
    parser_classes = [StrictJSONParser]
    scope: str
    write_scope: str | None = None
    # Whether its operation itself answers again what it was asked before, and refuses the rest where that is due.
    finds_repeats = False
    conditions = UNCONDITIONAL
    # Whether who writes here offers something, as a suspended provider may not.
    offers = True
    # The methods that take something back: metered by themselves, and for whoever may offer nothing too.
    taking_back: Collection[str] = ("DELETE",)
    # What the problem of a write that is a conflict says beside what all say.
    conflict: type[BaseSerializer[Any]] | None = None
    # What it costs to read here, and to write anything else: see backstop/metering.py.
    reading = Cost("requests")
    writing = Cost("requests")

    @classmethod
    def cost_of(cls, method: str) -> Cost:
        """What a request by this method costs. To take something back costs nothing of what others cost."""
        if method in cls.taking_back:
            return Cost("cancels")
        return cls.reading if method in SAFE_METHODS else cls.writing

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """There is little to negotiate with whoever takes anything, or JSON."""
        if (
            request.META.get("HTTP_ACCEPT", ANYTHING) in (ANYTHING, JSON.media_type)
            and self.renderer_classes == ONLY_JSON
        ):
            return JSON, JSON.media_type
        return super().perform_content_negotiation(request, force)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_known(request.query_params, self.parameters() if request.method in SAFE_METHODS else CONDITIONS)
        if request.method not in SAFE_METHODS:
            self.conditions = conditions_of(request.query_params)

    def parameters(self) -> Collection[str]:
        """What a query string may say where something is read; where it is written, the conditions of that."""
        return ()

    @classmethod
    def declared_scope(cls) -> Any:
        """What `scope` is, whoever asks: a name, or a choice of names by party."""
        return cls.scope

    @classmethod
    def scopes_needed(cls, method: str) -> tuple[str, ...]:
        """Any one of these scopes opens it by this method; none where any key does."""
        scope = (None if method in SAFE_METHODS else cls.write_scope) or cls.declared_scope()
        return scope.scopes if isinstance(scope, ByParty) else tuple(filter(None, [scope]))

    @property
    def principal(self) -> Caller:
        return cast(Caller, self.request.user)

    @property
    def actor(self) -> str:
        """Who acts, for the record."""
        return f"key:{self.principal.prefix}"

    @property
    def _party(self) -> UUID:
        """Whom the key stands for: what its other keys wrote is its own too."""
        party: UUID = (self.principal.provider or self.principal.venue).id
        return party

    def body(self, serializer_class: type[BaseSerializer[Any]], **options: Any) -> Any:
        """What was sent, as the serializer understands it; raises a ValidationError that names every fault."""
        try:
            return read(serializer_class, self.request.data, **options)
        except ValidationError:
            self._require_offering()
            raise

    def showing(self, serializer_class: type[BaseSerializer[Any]]) -> Callable[[Any], Any]:
        """The answer that is a row, as the caller may see it."""
        return lambda row: dict(serializer_class(row, context={"request": self.request}).data)

    def write(self, answer: Callable[[R], Any], operation: Callable[..., R], **arguments: Any) -> Any:
        """Carry out one operation and give its `answer` (plain JSON values).

        With an Idempotency-Key the same request of the same key gets the first answer again, which says so. The answer
        carries a token for reading what was written, where there is a replica that may not show it yet. A dry run
        writes nothing.
        """
        answered = self._carry_out(answer, operation, arguments)
        if replica.is_named() and not self.conditions.dry_run:
            with suppress(Error):  # what is written is written: it is answered without a token then
                self.headers[read_tokens.HEADER] = read_tokens.token_of(replica.get_horizon(), self._party)
        return answered

    def write_ahead(self, operation: Callable[..., R], calls: Iterable[Mapping[str, Any]]) -> list[R]:
        """What comes before a `write` of more than one transaction should do: each call in one of its own, which a dry
        run takes back by itself.

        Nothing where that gives an answer again.
        """
        permitted = self._permitted(operation)
        if self.conditions.dry_run:
            return [transactions.foresee(_as_it_is, permitted, actor=self.actor, **arguments) for arguments in calls]
        request = self._named_request()
        if request is not None and transactions.was_answered(request):
            return []
        return [transactions.perform(permitted, actor=self.actor, **arguments) for arguments in calls]

    def _require_offering(self) -> None:
        if self.offers and self.request.method not in self.taking_back:
            self.principal.require_offering()

    def _permitted(self, operation: Callable[..., R]) -> Callable[..., R]:
        """The operation, as far as it may be carried out at all."""

        def permitted(**arguments: Any) -> R:
            self.conditions.require_in_time()
            if not self.finds_repeats:
                self._require_offering()
            done = operation(**arguments)
            self.conditions.require_in_time()  # it may have waited for others
            return done

        return operation if self.finds_repeats and self.conditions is UNCONDITIONAL else permitted

    def _carry_out(self, answer: Callable[[R], Any], operation: Callable[..., R], arguments: dict[str, Any]) -> Any:
        permitted = self._permitted(operation)
        if self.conditions.dry_run:
            self.headers["Dry-Run"] = "true"
            return transactions.foresee(answer, permitted, actor=self.actor, **arguments)
        request = self._named_request()
        if request is None:
            return answer(transactions.perform(permitted, actor=self.actor, **arguments))
        answered = transactions.perform_once(request, answer, permitted, actor=self.actor, **arguments)
        if answered.replayed:
            self.headers[REPLAYED_HEADER] = "true"
        return answered.value

    def _named_request(self) -> transactions.Request | None:
        """The request, if an Idempotency-Key names it. Raises `idempotency_key_refused`."""
        key = header_of(self.request, IDEMPOTENCY_HEADER)
        if key is None:
            return None
        if not _SANE_KEY.fullmatch(key):
            raise GroundRefusal.IDEMPOTENCY_KEY_REFUSED.error()
        return transactions.Request(
            principal=str(self.principal.counts_as),
            method=self.request.method or "",
            path=self.request.path,
            key=key,
            content=self.request.data,
        )


class Reading(View):
    """A resource that a replica may show."""

    schema = ReadingSchema()

    def read(self, ask: Callable[[str], R]) -> R:
        """What `ask` finds in the database of this alias: the replica, as far as it shows what the tokens sent are for.

        Raises `read_token_refused`.
        """
        tokens = self.request.headers.get(read_tokens.HEADER)
        return replica.read(ask, read_tokens.horizon_of(tokens, self._party) if tokens is not None else 0)


class ListView(Reading, generics.ListAPIView[Any]):
    """A list of `model` rows, as cursor pages. A subclass says which in `listed`, and asks `database` on its way.

    Rows that are `timed` may be asked for by time, that which the pages go by.
    """

    pagination_class = CursorPage
    filterset_class: type[FilterSet] | None = None
    filterset_fields: Sequence[str] = ()
    timed = True
    model: type[Model]
    database: str

    def listed(self) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):  # only described
            return self.model._default_manager.none()
        return self.listed().using(self.database)

    def parameters(self) -> Collection[str]:
        filters = self.filterset_class.base_filters if self.filterset_class else self.filterset_fields
        return {"limit", "cursor", *filters, *(TIMES if self.timed else ())}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(queryset).filter(**self.asked.period(self.pagination_class.ordering[0]))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.asked = PageInput(data=request.query_params)
        self.asked.is_valid(raise_exception=True)
        return self.read(partial(self._page, request))

    def _page(self, request: Request, database: str) -> Response:
        self.database = database
        return super().list(request)


class RowView(View):
    """One row of what a list lists, as it stands now. What the list does not show its caller does not exist for it."""

    of: type[ListView]
    unknown: Refusal = GroundRefusal.NOT_FOUND
    serializer_class: type[BaseSerializer[Any]]

    def __init_subclass__(cls) -> None:
        cls.serializer_class = cast(type[BaseSerializer[Any]], cls.of.serializer_class)

    @classmethod
    def declared_scope(cls) -> Any:
        return cls.of.declared_scope()

    @property
    def scope(self) -> str:  # type: ignore[override]
        return self.listing.scope

    @cached_property
    def listing(self) -> ListView:
        view = self.of()
        view.setup(self.request, **self.kwargs)
        view.format_kwarg, view.database = None, DEFAULT_DB_ALIAS
        return view

    def rows(self) -> QuerySet[Any]:
        """Those that exist for the caller."""
        return self.listing.listed()

    def get(self, request: Request, **named: UUID) -> Response:
        *_, row_id = named.values()
        row = self.rows().filter(id=row_id).first()
        if row is None:
            raise self.unknown.error("nothing of yours has this id", pointer="")
        return Response(self.serializer_class(row, context=self.listing.get_serializer_context()).data)


def _as_it_is(value: R) -> R:
    return value
