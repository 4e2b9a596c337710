"""Users of the admin. Who says what others may do, or sets their passwords, could be anybody: superusers alone do."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.admin.roles import AppointmentInline
from accounts.desks.second_factors import forget_second_factor
from accounts.models import User
from backstop.admin.base import Why, actor_of
from backstop.transactions import perform

RIGHTS = ("username", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


class MadeBySuperusers(admin.ModelAdmin):
    """A page of what superusers alone add and delete."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@admin.register(User)
class Users(MadeBySuperusers, UserAdmin):
    """Others who may change users change how they are called and reached."""

    actions = ("forget",)
    inlines = (AppointmentInline,)
    show_full_result_count = False

    def get_actions(self, request: HttpRequest) -> Any:
        return super().get_actions(request) if is_superuser(request) else {}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.forget_view)
        return [path("<int:user_id>/second-factor/", view, name="accounts_user_forget"), *super().get_urls()]

    @admin.action(description="Forget the second factor of the selected user")
    def forget(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        """Go where it is asked why."""
        users = list(chosen[:2])
        if len(users) == 1:
            return HttpResponseRedirect(reverse("admin:accounts_user_forget", args=[users[0].pk]))
        self.message_user(request, "Choose one user at a time.", messages.ERROR)
        return None

    def forget_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Ask why, and let the user enroll another authenticator at the next sign-in."""
        if not is_superuser(request):
            raise PermissionDenied
        user = get_object_or_404(User, pk=user_id)
        form = Why(request.POST or None)
        if form.is_valid():
            perform(forget_second_factor, actor=actor_of(request), user=user)
            reason = form.cleaned_data["reason"]
            self.log_change(request, user, f"The second factor is forgotten: {reason}")
            self.message_user(request, f"{user} enrolls another second factor at the next sign-in.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:accounts_user_changelist"))
        title = f"Forget the second factor of {user}"
        site = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, "house/form.html", {**site, "form": form, "button": "Forget"})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_readonly_fields(request, obj)
        return shown if is_superuser(request) else (*shown, *RIGHTS)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not is_superuser(request):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


admin.site.unregister(Group)


@admin.register(Group)
class Groups(MadeBySuperusers, GroupAdmin):
    """Groups of users: what they may do, superusers say."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)
