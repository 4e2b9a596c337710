"""People of the admin, signed in: with a second factor, as everybody there."""

from typing import Any

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Appointment, User
from accounts.rules.roles import Role
from backstop.admin.cells import Panel
from backstop.models import Venue


def signed_in(user: User, client: Client | None = None) -> Client:
    """A client in whose session this user showed password and second factor."""
    client = client or Client()
    device, _ = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "authenticator"})
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def client_of(role: Role, venue: Venue) -> Client:
    """A client of somebody new who has this role at the venue."""
    user = User.objects.create_user(f"{role.lower()}-{venue.code}", is_staff=True)
    Appointment.objects.create(user=user, venue=venue, role=role)
    return signed_in(user)


def send(client: Client, address: str, sent: Any, **options: Any) -> Any:
    """What a page answers to this form, sent again once it has shown what is about to change."""
    answer = client.post(address, sent, **options)
    digest = answer.context and answer.context.get("foreseen")
    return client.post(address, {**sent, "foreseen": digest}, **options) if digest else answer


def shown_in(answer: Any, title: str) -> list[tuple[Any, ...]]:
    """The rows of the panel of this title."""
    panels: list[Panel] = answer.context["panels"]
    (found,) = [panel for panel in panels if panel.title == title]
    return [tuple(row) for row in found.rows]
