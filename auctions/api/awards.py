"""/v1/awards: what a provider got."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from auctions.api.serializers.awards import AwardOutput
from auctions.lifecycle import SettlementState, StepKind
from auctions.models import Award
from auctions.queries import list_awards
from backstop.api.views import ListView


class AwardFilters(filters.FilterSet):
    auction_id = filters.UUIDFilter(field_name="step__auction__id")
    kind = filters.ChoiceFilter(field_name="step__kind", choices=StepKind.choices)
    settlement_state = filters.ChoiceFilter(field_name="settlement__state", choices=SettlementState.choices)


class Awards(ListView):
    """What the provider was awarded, newest first."""

    scope = "read"
    model = Award
    serializer_class = AwardOutput
    filterset_class = AwardFilters

    def listed(self) -> QuerySet[Award]:
        awards = list_awards().filter(provider=self.principal.provider)
        return awards.select_related("step__auction", "step__lot__book__asset").prefetch_related(
            "step__lot__positions__instrument"
        )
