"""Every address there is: each app lists its own under /v1/."""

from django.contrib import admin
from django.urls import path

from backstop.api import health

urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("v1/time", health.time),
    path("admin/", admin.site.urls),
]
