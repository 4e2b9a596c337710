"""/v1/refills: tranches that have less than their venue's loss plan says."""

from django.db.models import QuerySet

from accounts.api.serializers.refills import RefillOutput
from accounts.models import Refill
from accounts.rules.refusals import AccountRefusal
from backstop.api.views import ListView, RowView


class Refills(ListView):
    """The venue's tranches that were called for, newest first; `POST /v1/fund` fills them."""

    scope = "fund"
    model = Refill
    serializer_class = RefillOutput
    filterset_fields = ["state"]

    def listed(self) -> QuerySet[Refill]:
        return Refill.objects.filter(venue=self.principal.venue).select_related("account__asset")


class OneRefill(RowView):
    """One refill."""

    of = Refills
    unknown = AccountRefusal.REFILL_UNKNOWN
