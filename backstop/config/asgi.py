"""The ASGI application: what granian serves, the front program with the WSGI application of its settings behind it."""

import gc

from django.conf import settings

from backstop.config import host
from backstop.config.wsgi import application as answering  # first of all: it sets Django up
from backstop.front.parent import end_with_parent
from backstop.front.places import Places
from backstop.front.shell import Front

GARBAGE = 10_000  # objects, some megabytes

end_with_parent()

application = Front(
    answering,
    Places(host.places_file()),
    trusted=settings.TRUSTED_PROXIES,
    places_per_address=settings.REQUESTS_PER_ADDRESS,
)

# What is made once is looked at never again; what a request leaves goes in larger lots.
gc.collect()
gc.freeze()
gc.set_threshold(GARBAGE)
