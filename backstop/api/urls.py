"""The addresses of the ground floor, under /v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from backstop.api.document import Document, ExplainedProblem
from backstop.api.instruments import Instruments, OneInstrument
from backstop.api.limits import LimitsOfKey
from backstop.api.marks import Marks
from backstop.api.signing import ShownSigningKey
from backstop.api.stream import Stream
from backstop.api.time import Time

urlpatterns = [
    path("instruments", Instruments.as_view()),
    path("instruments/<uuid:instrument_id>", OneInstrument.as_view()),
    path("limits", LimitsOfKey.as_view()),
    path("marks", Marks.as_view()),
    path("stream", Stream.as_view()),
    path("time", Time.as_view()),
    path("signing_key", ShownSigningKey.as_view()),
    path("openapi.json", Document.as_view(), name="openapi"),
    path("problems/<slug:code>", ExplainedProblem.as_view()),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="docs"),
]
