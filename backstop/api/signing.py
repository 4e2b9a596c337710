"""GET /v1/signing_key: what receipts and transcripts are verified with. Public: everybody may check a promise."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

ALGORITHM = "Ed25519"


@require_safe
def signing_key(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"algorithm": ALGORITHM, "public_key": settings.SIGNING_KEY.public_key.hex()})
