"""GET /v1/time: what time it is for whoever waits for a deadline here, by the database's clock. Public."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backstop import clock
from backstop.api.serializers.time import TimeOutput
from backstop.api.views import PublicView


class Time(PublicView):
    @extend_schema(responses=TimeOutput)
    def get(self, request: Request) -> Response:
        """What time it is here: deadlines go by it. No key is needed."""
        return Response({"now": clock.now().isoformat()})
