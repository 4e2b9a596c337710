"""/v1/awards: what a provider got."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from auctions.api.serializers.awards import AwardOutput
from auctions.lifecycle import WATERFALL, SettlementState, StepKind
from auctions.models import Award
from auctions.models.awards import TAKEN_BY
from auctions.queries import list_awards_with_positions
from backstop.api.views import ListView, RowView


class AwardFilters(filters.FilterSet):
    auction_id = filters.UUIDFilter(field_name="step__auction__id")
    kind = filters.ChoiceFilter(method="of_kind", choices=StepKind.choices)
    settlement_state = filters.ChoiceFilter(field_name="settlement__state", choices=SettlementState.choices)

    def of_kind(self, awards: QuerySet[Award], name: str, kind: str) -> QuerySet[Award]:
        takers = WATERFALL[StepKind(kind)].takers
        return awards.filter(TAKEN_BY[takers]) if takers in TAKEN_BY else awards.none()


class Awards(ListView):
    """What the provider was awarded, newest first."""

    scope = "read"
    model = Award
    serializer_class = AwardOutput
    filterset_class = AwardFilters

    def listed(self) -> QuerySet[Award]:
        return list_awards_with_positions().filter(provider=self.principal.provider)


class OneAward(RowView):
    """One award of the provider's."""

    of = Awards
