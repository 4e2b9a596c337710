"""/v1/me/statements: a provider's money month by month, in the numbers of the page that its people see."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.queries.statements import get_statement
from auctions.api.serializers.months import MonthsOutput, MonthStatementOutput, line_by_line
from auctions.queries.statements import sum_up
from backstop import clock
from backstop.api.tables import CsvRenderer
from backstop.api.views import View
from backstop.metering import Cost
from backstop.refusals import GroundRefusal
from backstop.values.periods import Month


class OwnStatements(View):
    scope = "read"

    @extend_schema(responses=MonthsOutput)
    def get(self, request: Request) -> Response:
        """The months that there is a statement of, newest first: from that in which you became a provider on to the one
        under way."""
        month, first = Month.around(clock.now()), Month.around(self.principal.provider.created_at)
        months = [month]
        while months[-1] > first:
            months.append(months[-1].previous)
        return Response(MonthsOutput({"months": months}).data)


class OneOwnStatement(View):
    scope = "read"
    reading = Cost("requests", 10)
    renderer_classes = [JSONRenderer, CsvRenderer]

    @extend_schema(responses={200: MonthStatementOutput, (200, CsvRenderer.media_type): OpenApiTypes.STR})
    def get(self, request: Request, month: str) -> Response:
        """What moved your money in a month (UTC), such as 2026-11: of each account where it stood, what came and went
        for each purpose, and where it stands; of each asset what you were awarded and earned. With `Accept: text/csv`
        the accounts as a table. Each movement is in `/v1/transfers`."""
        now, named = Month.around(clock.now()), Month.named(month)
        if named is None or named > now:
            raise GroundRefusal.NOT_FOUND.error("there is no statement of such a month", pointer="")
        provider = self.principal.provider
        found = get_statement(provider.id, named)
        if request.accepted_renderer.media_type == CsvRenderer.media_type:
            return Response(line_by_line(found))
        said = {"month": named, "under_way": named == now, "accounts": found}
        return Response(MonthStatementOutput({**said, "in_short": sum_up(provider.id, named, found)}).data)
