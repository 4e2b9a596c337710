"""The addresses of the ground floor, under /v1/."""

from django.urls import path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from backstop.api.marks import Marks
from backstop.api.signing import signing_key

DAY_SECONDS = 86_400

urlpatterns = [
    path("marks", Marks.as_view()),
    path("signing_key", signing_key),
    path("openapi.json", cache_page(DAY_SECONDS)(SpectacularJSONAPIView.as_view()), name="openapi"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="docs"),
]
