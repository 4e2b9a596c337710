"""/v1/me: who is asking, and by which key."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers.people import MeOutput, RotationInput, SuccessorOutput
from accounts.operations.keys.rotate_key import rotate_key
from accounts.permissions import ANY_KEY
from backstop.api.views import View


class Me(View):
    scope = ANY_KEY

    @extend_schema(responses=MeOutput)
    def get(self, request: Request) -> Response:
        """Whose key this is, and what it may do."""
        return Response(MeOutput(self.principal).data)


class RotateKey(View):
    """Keys are cared for whoever may offer."""

    scope = ANY_KEY
    offers = False

    @extend_schema(operation_id="rotateKey", request=RotationInput, responses={201: SuccessorOutput})
    def post(self, request: Request) -> Response:
        """Go over to another key of your own: both sign until this one ends. A key with a secret is not rotated so."""
        sent = self.body(RotationInput)
        answered = self.write(self.showing(SuccessorOutput), rotate_key, key_id=self.principal.id, **sent)
        return Response(answered, 201)
