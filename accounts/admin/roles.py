"""Who has which role for which venue (said by superusers on a user's page) or provider, and what Django asks of it."""

from typing import Any, Final

from django.contrib import admin
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import Permission
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Value
from django.db.models.functions import Concat
from django.http import HttpRequest

from accounts.models import Appointment, Member, User
from accounts.rules.roles import PROVIDER_PERMISSIONS, SEEN, ProviderRole, Role, may

# What a user was given by itself or in groups, as Django names it.
_GIVEN: Final = (
    Permission.objects.filter(Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk")))
    .order_by()
    .values_list(Concat("content_type__app_label", Value("."), "codename"))
)


class ByPassword(ModelBackend):
    """Django's own, which finds who is signed in with role and permissions in one query: each page asks for all."""

    def get_user(self, user_id: int) -> User | None:
        users = User.objects.select_related("appointment", "membership__provider")
        user = users.annotate(given=ArraySubquery(_GIVEN)).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if obj is None and user_obj.is_active and hasattr(user_obj, "given"):
            return set(user_obj.given)
        return super().get_all_permissions(user_obj, obj)


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
