"""What explains the API: /v1/openapi.json, made once by each process, and /v1/problems/{code}, each code's address."""

from functools import cache
from http import HTTPStatus

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backstop.api.codes import refusals
from backstop.api.problems import address_of
from backstop.api.serializers.document import ProblemOutput
from backstop.api.views import PublicView
from backstop.refusals import GroundRefusal


class Document(PublicView):
    @extend_schema(responses={(200, OpenApiJsonRenderer.media_type): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> HttpResponse:
        """This document. No key is needed."""
        return HttpResponse(content(), content_type=OpenApiJsonRenderer.media_type)


class ExplainedProblem(PublicView):
    @extend_schema(responses=ProblemOutput)
    def get(self, request: Request, code: str) -> Response:
        """What a problem's code means. No key is needed."""
        refusal = refusals().get(code)
        if refusal is None:
            raise GroundRefusal.NOT_FOUND.error("there is no such code: docs/errors.md lists them all")
        status = refusal.kind.value
        said = {"type": address_of(code), "code": code, "status": status, "title": HTTPStatus(status).phrase}
        return Response({**said, "detail": refusal.message})


@cache
def content() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return bytes(OpenApiJsonRenderer().render(schema, renderer_context={}))
