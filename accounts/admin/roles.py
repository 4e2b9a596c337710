"""Who has which role for which venue (said by superusers on a user's page) or provider, and what Django asks of it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import Appointment, Member
from accounts.rules.roles import PROVIDER_PERMISSIONS, SEEN, ProviderRole, Role, may


class ByRole(BaseBackend):
    """What a user may do by its role, beside what it may do by permissions of its own."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active:
            return False
        if appointment := getattr(user_obj, "appointment", None):
            return may(Role(appointment.role), perm)
        member = user_obj.member
        return member is not None and perm in PROVIDER_PERMISSIONS[ProviderRole(member.role)]

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not user_obj.is_active:
            return False
        if getattr(user_obj, "appointment", None):
            return app_label in SEEN
        return app_label == Member._meta.app_label and user_obj.member is not None


class AppointmentInline(admin.TabularInline):
    """The role of the user, and for which venue."""

    model = Appointment
    extra = 0
    fields = ("role", "venue")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
