"""/v1/faults: awards that failed by a provider's fault, what that costs, what the provider and an arbiter say of it."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.faults import ContestInput, DecisionInput, FaultOutput
from auctions.lifecycle import FaultState
from auctions.models import ProviderFault
from auctions.operations.operator.decide_fault import decide_fault
from auctions.operations.provider.contest_fault import contest_fault
from auctions.rules.refusals import AuctionRefusal
from backstop.api.views import ListView, RowView, View, by_party


class FaultFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=FaultState.choices)
    award_id = filters.UUIDFilter()


class Faults(ListView):
    """A venue sees all faults in its books, with the scope `settlements`; a provider its own, with `read`."""

    model = ProviderFault
    serializer_class = FaultOutput
    filterset_class = FaultFilters

    scope = by_party("settlements")

    def listed(self) -> QuerySet[ProviderFault]:
        faults = ProviderFault.objects.filter(book__venue=self.principal.venue)
        if self.principal.provider is not None:
            faults = faults.filter(provider=self.principal.provider)
        return faults.select_related("award", "book__asset")


class OneFault(RowView):
    """One fault: in a venue's books, or a provider's own."""

    of = Faults
    unknown = AuctionRefusal.FAULT_UNKNOWN


class ContestFault(View):
    scope = "bids"
    offers = False

    @extend_schema(operation_id="contestFault", request=ContestInput, responses=FaultOutput)
    def post(self, request: Request, fault_id: UUID) -> Response:
        """Say that it was none of yours, and why: an arbiter decides, and until then it costs nothing."""
        who = {"venue_id": self.principal.venue.id, "provider_id": self.principal.provider.id}
        sent = self.body(ContestInput)
        return Response(self.write(self.showing(FaultOutput), contest_fault, **who, fault_id=fault_id, **sent))


class DecideFault(View):
    scope = "arbitrate"

    @extend_schema(operation_id="decideFault", request=DecisionInput, responses=FaultOutput)
    def post(self, request: Request, fault_id: UUID) -> Response:
        """Decide, as the venue's arbiter, whether a fault that is contested stands."""
        sent = self.body(DecisionInput)
        said = {"venue_id": self.principal.venue.id, "fault_id": fault_id, **sent}
        return Response(self.write(self.showing(FaultOutput), decide_fault, **said))
