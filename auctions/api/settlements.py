"""/v1/settlements: how awards are settled, and the venue's word on whether they can be."""

from uuid import UUID

from django.db.models import F, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.rules.refusals import AccountRefusal
from auctions.api.serializers.settlements import ConfirmationInput, RejectionInput, SettlementOutput
from auctions.lifecycle import SettlementState
from auctions.models import AtFault, Settlement
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.tasks import wake
from backstop.api.pages import CursorPage
from backstop.api.views import ListView, RowView, by_party


class SettlementFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=SettlementState.choices)
    award_id = filters.UUIDFilter()


class InOrderOfAwards(CursorPage):
    """A provider's settlements are found by its awards; both come at the same instant."""

    ordering = ("-awarded_at", "-award_id")


class Settlements(ListView):
    """A venue sees all of its books' settlements, with the scope `settlements`; a provider its own, with `read`."""

    pagination_class = InOrderOfAwards
    model = Settlement
    serializer_class = SettlementOutput
    filterset_class = SettlementFilters

    scope = by_party("settlements")

    def listed(self) -> QuerySet[Settlement]:
        settlements = Settlement.objects.annotate(awarded_at=F("award__created_at"))
        settlements = settlements.filter(book__venue=self.principal.venue)
        if self.principal.provider is not None:
            settlements = settlements.filter(award__provider=self.principal.provider)
        return settlements.select_related("award", "book__asset")


class OneSettlement(RowView):
    """One settlement: of a venue's books, or of a provider's awards."""

    of = Settlements
    unknown = AccountRefusal.SETTLEMENT_UNKNOWN


class Confirm(DeedView):
    scope = "settlements"

    @extend_schema(
        operation_id="confirmSettlement", request=ConfirmationInput, responses={200: SettlementOutput, **PENDING}
    )
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Say that an award can be settled; it is then carried out."""
        self.body(ConfirmationInput)
        answer = self.carry_out(self.showing(SettlementOutput), confirm_settlement, settlement_id=settlement_id)
        wake("settle_awards")
        return answer


class Reject(DeedView):
    scope = "settlements"

    @extend_schema(
        operation_id="rejectSettlement", request=RejectionInput, responses={200: SettlementOutput, **PENDING}
    )
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Say that an award cannot be settled, why, and by whose fault: its units are offered again."""
        sent = self.body(RejectionInput)
        answer = self.carry_out(
            self.showing(SettlementOutput),
            reject_settlement,
            settlement_id=settlement_id,
            reason=sent["reason"],
            fault=AtFault(sent["fault"]),
        )
        wake("pass_lots_on")
        return answer
