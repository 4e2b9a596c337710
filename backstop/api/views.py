"""What every view of the API starts from: strict bodies, one call of an operation, cursor pages, a described problem.

A view names the scope that its key needs (`scope`, and `write_scope` where writing needs another), reads what was sent
with `body`, and changes something by one `write`.
"""

import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework import generics
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from backstop import transactions
from backstop.api.openapi import Schema
from backstop.api.pages import CursorPage
from backstop.api.parsing import StrictJSONParser
from backstop.models import Venue
from backstop.refusals import GroundRefusal

R = TypeVar("R")

IDEMPOTENCY_HEADER = "Idempotency-Key"
_SANE_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


class Caller(Protocol):
    """Who is asking, as far as the ground floor knows: a key of this venue, or of one of its providers."""

    id: UUID
    venue: Venue
    provider: Any
    prefix: str


class View(APIView):
    """One resource."""

    schema = Schema()
    parser_classes = [StrictJSONParser]
    scope: str
    write_scope: str | None = None

    @property
    def principal(self) -> Caller:
        return cast(Caller, self.request.user)

    @property
    def actor(self) -> str:
        """Who acts, for the record."""
        return f"key:{self.principal.prefix}"

    def body(self, serializer_class: type[BaseSerializer[Any]], **options: Any) -> Any:
        """What was sent, as the serializer understands it; raises a ValidationError that names every fault."""
        serializer = serializer_class(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def write(self, answer: Callable[[R], Any], operation: Callable[..., R], **arguments: Any) -> Any:
        """Carry out one operation and give its `answer` (plain JSON values).

        With an Idempotency-Key the same request of the same key gets the first answer again.
        """
        key = self.request.headers.get(IDEMPOTENCY_HEADER)
        if key is None:
            return answer(transactions.perform(operation, actor=self.actor, **arguments))
        if not _SANE_KEY.fullmatch(key):
            raise GroundRefusal.IDEMPOTENCY_KEY_REFUSED.error()
        request = transactions.Request(
            principal=str(self.principal.id),
            method=self.request.method or "",
            path=self.request.path,
            key=key,
            content=self.request.data,
        )
        return transactions.perform_once(request, answer, operation, actor=self.actor, **arguments)


class ListView(View, generics.ListAPIView[Any]):
    """A list of `model` rows, as cursor pages. A subclass says which in `listed`."""

    pagination_class = CursorPage
    model: type[Model]

    def listed(self) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        described_only = getattr(self, "swagger_fake_view", False)
        return self.model._default_manager.none() if described_only else self.listed()
