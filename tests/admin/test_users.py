"""Only a superuser says who may do what; whoever may change users otherwise, changes how they are called."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db: None) -> User:
    """May do to users and groups all that there are permissions for, and is no superuser."""
    clerk = User.objects.create_user("clerk", password="of the house", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__model__in=["user", "group"]))
    return clerk


@pytest.fixture
def clerks(clerk: User) -> Client:
    return signed_in(clerk)


def change(client: Client, user: User, **changes: object) -> int:
    page = reverse("admin:accounts_user_change", args=[user.pk])
    sent = {"username": user.username, "email": user.email, "is_staff": "on", "is_active": "on", **changes}
    stamp = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    stamp |= {"appointment-TOTAL_FORMS": "0", "appointment-INITIAL_FORMS": "0"}  # of no role
    status = client.post(page, {**sent, **stamp}).status_code
    user.refresh_from_db()
    return status


def test_a_clerk_renames_others_and_gives_nobody_a_right(clerks: Client, clerk: User, superuser: User) -> None:
    right = Permission.objects.get(codename="add_provider")
    sent = {"first_name": "Carla", "is_superuser": "on", "user_permissions": [right.pk], "username": "operator"}
    assert change(clerks, clerk, **sent) == 302
    assert (clerk.first_name, clerk.is_superuser, clerk.username) == ("Carla", False, "clerk")
    assert right not in clerk.user_permissions.all()
    assert change(clerks, superuser, is_active="") == 302
    assert superuser.is_active


def test_a_clerk_sets_no_password_and_adds_and_deletes_nobody(clerks: Client, superuser: User) -> None:
    pages = [
        reverse("admin:auth_user_password_change", args=[superuser.pk]),
        reverse("admin:accounts_user_add"),
        reverse("admin:accounts_user_delete", args=[superuser.pk]),
        reverse("admin:auth_group_add"),
    ]
    sent = {"password1": "another of them", "password2": "another of them", "post": "yes", "name": "all"}
    assert [clerks.post(page, sent).status_code for page in pages] == [403] * 4
    superuser.refresh_from_db()
    assert superuser.check_password("of the house")


def test_a_clerk_gives_no_group_a_right(clerks: Client, clerk: User) -> None:
    group = Group.objects.create(name="clerks")
    clerk.groups.add(group)
    page = reverse("admin:auth_group_change", args=[group.pk])
    sent = {"name": "clerks", "permissions": [Permission.objects.first().pk]}
    assert clerks.post(page, sent).status_code == 403
    assert not group.permissions.exists()


def test_a_superuser_gives_rights(client: Client, clerk: User) -> None:
    assert change(client, clerk, is_superuser="on") == 302
    assert clerk.is_superuser
