"""The ground floor as a Django app: its models, its migrations, and the Celery app that tasks attach to."""

from django.apps import AppConfig


class BackstopConfig(AppConfig):
    name = "backstop"

    def ready(self) -> None:
        from backstop.config import celery  # noqa: F401  tasks called from a view need the app, too
