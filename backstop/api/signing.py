"""GET /v1/signing_key: what receipts and transcripts are verified with. Public: everybody may check a promise."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from backstop.api.views import PublicView

ALGORITHM = "Ed25519"


class ShownSigningKey(PublicView):
    def get(self, request: Request) -> Response:
        return Response({"algorithm": ALGORITHM, "public_key": settings.SIGNING_KEY.public_key.hex()})
