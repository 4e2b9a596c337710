"""The ASGI application: what granian serves, the front program with the WSGI application of its settings behind it."""

from django.conf import settings

from backstop.config import host
from backstop.config.wsgi import application as answering  # first of all: it sets Django up
from backstop.front.parent import end_with_parent
from backstop.front.places import Places
from backstop.front.shell import Front

end_with_parent()

application = Front(
    answering,
    Places(host.places_file()),
    trusted=settings.TRUSTED_PROXIES,
    places_per_address=settings.REQUESTS_PER_ADDRESS,
)
