"""GET /v1/time: what time it is for whoever waits for a deadline here, by the database's clock. Public."""

from rest_framework.request import Request
from rest_framework.response import Response

from backstop import clock
from backstop.api.views import PublicView


class Time(PublicView):
    def get(self, request: Request) -> Response:
        return Response({"now": clock.now().isoformat()})
