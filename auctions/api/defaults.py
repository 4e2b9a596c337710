"""/v1/providers/{id}/default: a provider is declared in default by one person and confirmed by another;
/v1/loss-events: what failures cost."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.desks.people import find_provider
from accounts.models import Ground, LossAddend, LossEvent, LossRecovery, Obligation, ProviderDefault
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.operations.people.declare_default import declare_default
from accounts.rules.refusals import AccountRefusal
from auctions.api.serializers.defaults import (
    DefaultInput,
    DefaultOutput,
    LossEventOutput,
    LossRecoveryInput,
    LossRecoveryOutput,
)
from auctions.operations.operator.confirm_default import confirm_default
from backstop.api.views import ListView, RowView, View, by_party


class DefaultOfProvider(View):
    """The default of one provider; a provider asks with `read`, for itself."""

    write_scope = "providers"

    scope = by_party("providers")

    @extend_schema(responses=DefaultOutput)
    def get(self, request: Request, provider_id: UUID) -> Response:
        """Its newest default, lapsed or closed as it may be."""
        own = self.principal.provider
        if own is not None and own.id != provider_id:
            raise AccountRefusal.PROVIDER_UNKNOWN.error(f"this venue has no provider {provider_id}")
        provider = find_provider(self.principal.venue.id, provider_id)
        newest = ProviderDefault.objects.filter(provider=provider).order_by("-declared_at").first()
        if newest is None:
            raise AccountRefusal.DEFAULT_UNKNOWN.error()
        return Response(DefaultOutput(newest).data)

    @extend_schema(operation_id="declareDefault", request=DefaultInput, responses={201: DefaultOutput})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Declare it in default: nothing of its money leaves until that lapses."""
        sent = self.body(DefaultInput)
        provider = find_provider(self.principal.venue.id, provider_id)
        said = {"ground": Ground(sent["ground"]), "reason": sent["reason"]}
        return Response(self.write(_shown, declare_default, provider=provider, **said), 201)


class ConfirmDefault(View):
    scope = "providers"

    @extend_schema(operation_id="confirmDefault", request=None, responses=DefaultOutput)
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Confirm what another person declared: the provider is out of everything at once."""
        provider = find_provider(self.principal.venue.id, provider_id)
        return Response(self.write(_shown, confirm_default, provider=provider))


class LossEvents(ListView):
    """The venue's loss events, newest first."""

    scope = "books"
    model = LossEvent
    serializer_class = LossEventOutput
    filterset_fields = ["state", "kind"]

    def listed(self) -> QuerySet[LossEvent]:
        addends = Prefetch("addends", LossAddend.objects.select_related("asset").order_by("created_at", "id"))
        events = LossEvent.objects.filter(venue=self.principal.venue).select_related("plan")
        recoveries = Prefetch("recoveries", LossRecovery.objects.select_related("asset").order_by("created_at", "id"))
        obliged = Prefetch("obligations", Obligation.objects.select_related("asset").order_by("asset", "provider"))
        paid = (obliged, addends, "addends__payments", recoveries, "recoveries__returns")
        return events.prefetch_related("books", "plan__layers", *paid)


class OneLossEvent(RowView):
    """One loss event: the books that joined it, what they cost, and who paid that."""

    of = LossEvents
    unknown = AccountRefusal.LOSS_EVENT_UNKNOWN


class Recoveries(DeedView):
    scope = "fund"

    @extend_schema(
        operation_id="recordRecovery", request=LossRecoveryInput, responses={201: LossRecoveryOutput, **PENDING}
    )
    def post(self, request: Request, loss_event_id: UUID) -> Response:
        """Give what came back of its costs to who paid last, then to who paid before; once for each reference. What is
        called for and not paid is lowered by its part of that."""
        sent = self.body(LossRecoveryInput)
        return self.carry_out(_recovered, record_recovery, 201, loss_event_id=loss_event_id, **sent)


def _recovered(recovery: LossRecovery) -> Any:
    return dict(LossRecoveryOutput(recovery).data)


def _shown(default: ProviderDefault) -> Any:
    return dict(DefaultOutput(ProviderDefault.objects.get(id=default.id)).data)
