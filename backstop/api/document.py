"""GET /v1/openapi.json: what the API takes and answers. Made once by each process, however it is asked for."""

from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from backstop.api.views import PublicView


class Document(PublicView):
    @extend_schema(
        operation_id="openapi_retrieve", responses={(200, OpenApiJsonRenderer.media_type): OpenApiTypes.OBJECT}
    )
    def get(self, request: Request) -> HttpResponse:
        """This document. No key is needed."""
        return HttpResponse(content(), content_type=OpenApiJsonRenderer.media_type)


@cache
def content() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return bytes(OpenApiJsonRenderer().render(schema, renderer_context={}))
