"""Who has which role for which venue: said by superusers on a user's page, and what Django asks of it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import Appointment
from accounts.rules.roles import SEEN, Role, may


class ByRole(BaseBackend):
    """What a user may do by its role, beside what it may do by permissions of its own."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        role = _role_of(user_obj)
        return role is not None and may(role, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return app_label in SEEN and _role_of(user_obj) is not None


class AppointmentInline(admin.TabularInline):
    """The role of the user, and for which venue."""

    model = Appointment
    extra = 0
    fields = ("role", "venue")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


def _role_of(user: Any) -> Role | None:
    appointment = getattr(user, "appointment", None) if user.is_active else None
    return Role(appointment.role) if appointment else None
