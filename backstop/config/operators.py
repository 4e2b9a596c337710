"""The operators' WSGI application: health and metrics, on a listener of their own."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "backstop.config.operators_settings"

application = get_wsgi_application()
