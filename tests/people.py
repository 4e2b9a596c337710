"""People of the admin, signed in: with a second factor, as everybody there."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User


def signed_in(user: User, client: Client | None = None) -> Client:
    """A client in whose session this user showed password and second factor."""
    client = client or Client()
    device, _ = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "authenticator"})
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client
