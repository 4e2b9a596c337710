"""/v1/drills: a venue sends a book through the market for practice, and both sides see how everybody did."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.drills import DrillInput, DrillOutput, drill_order_of
from auctions.models import Drill
from auctions.operations.venue.open_drill import open_drill
from auctions.queries import list_drills
from auctions.rules.refusals import AuctionRefusal
from auctions.tasks import wake
from backstop.api.views import ListView, RowView, by_party


class Drills(ListView):
    """Drills, newest first. A venue sees how everybody did, with the scope `books`; a provider those that it was
    invited to, and how it did itself, with `read`."""

    write_scope = "books"
    model = Drill
    serializer_class = DrillOutput
    filterset_fields = ["state"]

    scope = by_party("books")

    def listed(self) -> QuerySet[Drill]:
        return list_drills(self.principal.venue, self.principal.provider)

    @extend_schema(operation_id="openDrill", request=DrillInput, responses={201: DrillOutput})
    def post(self, request: Request) -> Response:
        """Send a book through the market as a drill: on the same path, with the same deadlines, and marked everywhere.
        Everybody has in it as much as is free of its own, and nothing real changes. The same content again gets the
        same answer.

        There is none while a book of one of its product groups is under way, and it gives way to any that arrives.
        """
        order = drill_order_of(self.body(DrillInput))
        shown = self.write(self._shown, open_drill, venue_id=self.principal.venue.id, order=order)
        wake("route_books")
        return Response(shown, 201)

    def _shown(self, drill: Drill) -> object:
        return self.showing(DrillOutput)(list_drills(self.principal.venue).get(id=drill.id))


class OneDrill(RowView):
    """One drill, and how it went."""

    of = Drills
    unknown = AuctionRefusal.DRILL_UNKNOWN
