"""The settings of the operators' listener: its own addresses, for machines inside, by whatever name they ask."""

from backstop.config.settings import *  # noqa: F403

ROOT_URLCONF = "backstop.config.operators_urls"
MIDDLEWARE = ["backstop.api.request_ids.request_ids", "backstop.api.observing.observing"]
ALLOWED_HOSTS = ["*"]
