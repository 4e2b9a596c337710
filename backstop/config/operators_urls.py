"""The addresses of the operators' listener, which is not for the internet."""

from django.urls import path

from backstop.api import health

urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz_in_full),
    path("healthz/market", health.market_health),
    path("metrics", health.metrics),
]

handler400 = "backstop.api.problems.bad_request"
handler403 = "backstop.api.problems.not_allowed"
handler404 = "backstop.api.problems.not_found"
handler500 = "backstop.api.problems.server_error"
