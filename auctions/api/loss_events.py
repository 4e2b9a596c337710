"""/v1/loss-events: what failures cost, who paid that and who has it back; /v1/obligations: who was obliged for what was
left at their end."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.models import LossAddend, LossEvent, LossPayment, LossRecovery, LossReturn, Obligation
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.quality import Quality
from auctions.api.serializers.loss_events import (
    LossAddendOutput,
    LossEventOutput,
    LossPaymentOutput,
    LossRecoveryInput,
    LossRecoveryOutput,
    LossReturnOutput,
    ObligationOutput,
)
from auctions.queries import list_addends, list_loss_events
from backstop.api.views import ListView, RowView, by_party


class LossEvents(ListView):
    """The venue's loss events, newest first, each with what it cost and who paid that in sums."""

    scope = "books"
    model = LossEvent
    serializer_class = LossEventOutput
    filterset_fields = ["state", "kind"]

    def listed(self) -> QuerySet[LossEvent]:
        return list_loss_events(self.principal.venue.id)


class OneLossEvent(RowView):
    """One loss event. Its books, obligations, addends, payments, recoveries and returns are lists of their own."""

    of = LossEvents
    unknown = AccountRefusal.LOSS_EVENT_UNKNOWN


class LossAddends(ListView):
    """What a loss event cost, newest first: by each book that closed, and by what the fund took over of all of them."""

    scope = "books"
    model = LossAddend
    serializer_class = LossAddendOutput

    def listed(self) -> QuerySet[LossAddend]:
        return list_addends().filter(**_of(self))


class OneLossAddend(RowView):
    """One addend of a loss event."""

    of = LossAddends


class LossPaymentFilters(filters.FilterSet):
    addend_id = filters.UUIDFilter()


class LossPayments(ListView):
    """Who paid how much of a loss event's addends, newest first."""

    scope = "books"
    model = LossPayment
    serializer_class = LossPaymentOutput
    filterset_class = LossPaymentFilters

    def listed(self) -> QuerySet[LossPayment]:
        return LossPayment.objects.filter(**_of(self, "addend__")).select_related("addend__asset")


class OneLossPayment(RowView):
    """One payment of a loss event's addend."""

    of = LossPayments


class Recoveries(DeedView, ListView):
    """What came back of a loss event, newest first; it is read with `books` and recorded with `fund`."""

    scope = "books"
    write_scope = "fund"
    model = LossRecovery
    serializer_class = LossRecoveryOutput

    def listed(self) -> QuerySet[LossRecovery]:
        return LossRecovery.objects.filter(**_of(self)).select_related("asset")

    @extend_schema(
        operation_id="recordRecovery", request=LossRecoveryInput, responses={201: LossRecoveryOutput, **PENDING}
    )
    def post(self, request: Request, loss_event_id: UUID) -> Response:
        """Give what came back of its costs to who paid last, then to who paid before; once for each reference. What is
        called for and not paid is lowered by its part of that."""
        sent = self.body(LossRecoveryInput)
        showing = self.showing(LossRecoveryOutput)
        return self.carry_out(showing, record_recovery, 201, loss_event_id=loss_event_id, **sent)


class OneRecovery(RowView):
    """One recovery of a loss event."""

    of = Recoveries


class LossReturnFilters(filters.FilterSet):
    recovery_id = filters.UUIDFilter()


class LossReturns(ListView):
    """Who has back how much of what came back of a loss event, newest first."""

    scope = "books"
    model = LossReturn
    serializer_class = LossReturnOutput
    filterset_class = LossReturnFilters

    def listed(self) -> QuerySet[LossReturn]:
        return LossReturn.objects.filter(**_of(self, "recovery__")).select_related("recovery__asset")


class OneLossReturn(RowView):
    """One part of a recovery of a loss event."""

    of = LossReturns


class ObligationFilters(filters.FilterSet):
    loss_event_id = filters.UUIDFilter()
    quality = filters.ChoiceFilter(choices=[(each.value, each.value) for each in Quality])


class Obligations(ListView):
    """Who was obliged for what loss events owed at their end, newest first: a venue sees all, with the scope `books`; a
    provider its own, with `read`."""

    scope = by_party("books")
    model = Obligation
    serializer_class = ObligationOutput
    filterset_class = ObligationFilters

    def listed(self) -> QuerySet[Obligation]:
        rows, own = Obligation.objects.select_related("asset"), self.principal.provider
        return rows.filter(provider=own) if own else rows.filter(loss_event__venue=self.principal.venue)


class OneObligation(RowView):
    """One obligation."""

    of = Obligations


def _of(view: ListView, row: str = "") -> dict[str, Any]:
    """Whose rows the view lists: those of the loss event that its address names, of the caller's venue."""
    return {
        f"{row}loss_event": view.kwargs["loss_event_id"],
        f"{row}loss_event__venue": view.principal.venue,
    }
