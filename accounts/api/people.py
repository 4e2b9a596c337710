"""/v1/me: who is asking."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.people import MeOutput
from accounts.permissions import ANY_KEY
from backstop.api.views import View


class Me(View):
    scope = ANY_KEY

    @extend_schema(responses=MeOutput)
    def get(self, request: Request) -> Response:
        """Whose key this is, and what it may do."""
        return Response(MeOutput(self.principal).data)
