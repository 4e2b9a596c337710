"""Loss events as they are shown: what each cost and who paid that in sums, however many rows these are of."""

from decimal import Decimal
from json import JSONDecoder
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, JSONField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import LossAddend, LossEvent, LossPayment, LossReturn
from auctions.models import Book
from backstop.values.amounts import ZERO


class _Exact(JSONDecoder):
    """Reads numbers as they are written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_float=Decimal, parse_int=Decimal, **options)


class _Told(JSONObject):
    output_field = JSONField(decoder=_Exact)


def list_loss_events(venue_id: UUID) -> QuerySet[LossEvent]:
    """Those of a venue. Each says of how many books it is (`book_count`), what it cost in each asset (`costs`), and of
    that in each asset what each layer `paid` and has back (`returned`)."""
    books = Book.objects.filter(loss_event=OuterRef("pk")).order_by().values("loss_event")
    addends = LossAddend.objects.filter(loss_event=OuterRef("pk"))
    payments = LossPayment.objects.filter(addend__loss_event=OuterRef("pk"))
    returns = LossReturn.objects.filter(recovery__loss_event=OuterRef("pk"))
    events = LossEvent.objects.filter(venue=venue_id).select_related("plan").prefetch_related("plan__layers")
    return events.annotate(
        book_count=Coalesce(Subquery(books.annotate(number=Count("*")).values("number")), Value(0)),
        costs=_sums(addends, asset="asset__code"),
        paid=_sums(payments, asset="addend__asset__code", layer="layer"),
        returned=_sums(returns, asset="recovery__asset__code", layer="layer"),
    )


def list_addends() -> QuerySet[LossAddend]:
    """Addends with what of each nobody has paid yet (`owed`)."""
    paid = LossPayment.objects.filter(addend=OuterRef("pk")).order_by().values("addend").annotate(sum=Sum("amount"))
    owed = F("amount") - Coalesce(Subquery(paid.values("sum")), ZERO)
    return LossAddend.objects.select_related("asset").annotate(owed=owed)


def _sums(rows: QuerySet[Any], **by: str) -> ArraySubquery:
    """What the amounts of these come to, by each of that, in its order."""
    told = _Told(**by, amount="sum")
    return ArraySubquery(rows.order_by(*by.values()).values(*by.values()).annotate(sum=Sum("amount")).values(told=told))
