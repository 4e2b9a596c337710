"""GET /v1/signing_key: what receipts and transcripts are verified with. Public: everybody may check a promise."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backstop.api.serializers.signing import ALGORITHM, SigningKeyOutput
from backstop.api.views import PublicView


class ShownSigningKey(PublicView):
    @extend_schema(responses=SigningKeyOutput)
    def get(self, request: Request) -> Response:
        """What receipts and transcripts are verified with. No key is needed."""
        return Response({"algorithm": ALGORITHM, "public_key": settings.SIGNING_KEY.public_key.hex()})
