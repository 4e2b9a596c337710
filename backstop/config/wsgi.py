"""The WSGI application: what granian serves, API and admin alike."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")

application = get_wsgi_application()
