"""/v1/markouts: what awards were worth to their providers a while later."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from auctions.api.serializers.markouts import MarkoutOutput
from auctions.models import Markout
from auctions.queries import list_markouts
from auctions.rules.markouts import AFTER_MINUTES
from backstop.api.views import ListView, RowView, by_party


class MarkoutFilters(filters.FilterSet):
    award_id = filters.UUIDFilter()
    provider_id = filters.UUIDFilter()
    minutes = filters.TypedChoiceFilter(choices=[(each, each) for each in AFTER_MINUTES], coerce=int)


class Markouts(ListView):
    """What is kept of the edge of each award to a provider after 1, 5 and 60 minutes. A venue sees those of all its
    awards, with the scope `settlements`; a provider its own, with `read`."""

    model = Markout
    serializer_class = MarkoutOutput
    filterset_class = MarkoutFilters

    scope = by_party("settlements")

    def listed(self) -> QuerySet[Markout]:
        markouts = list_markouts().filter(venue=self.principal.venue)
        if self.principal.provider is not None:
            markouts = markouts.filter(provider=self.principal.provider)
        return markouts


class OneMarkout(RowView):
    """What is kept of the edge of one award, some minutes later."""

    of = Markouts
