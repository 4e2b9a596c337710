"""Every address there is: each app lists its own under /v1/."""

from django.contrib import admin
from django.urls import include, path

from backstop.api import health
from backstop.api.index import index

admin.autodiscover()  # here alone: clock and workers have no pages

urlpatterns = [
    path("", index),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("v1/", include("auctions.api.urls")),  # first what is asked most: they are looked through in this order
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("backstop.api.urls")),
    path("board/", include("auctions.board.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "backstop.api.problems.bad_request"
handler403 = "backstop.api.problems.not_allowed"
handler404 = "backstop.api.problems.not_found"
handler500 = "backstop.api.problems.server_error"
