"""What a user of the admin shows beside the password: codes of an authenticator, or recovery codes where it is gone.

Guarantees that a code is good once and that wrong ones cost ever longer pauses: both by django-otp, on the locked row
of the device. An authenticator is one by RFC 6238: 6 digits, of 30 seconds.
"""

from typing import Any, Final

from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from backstop.transactions import requires_transaction

RECOVERY_CODES: Final = 10
DIGITS: Final = 6


def authenticator_of(user: Any) -> TOTPDevice | None:
    """The authenticator that the user enrolled, if any."""
    device: TOTPDevice | None = TOTPDevice.objects.filter(user=user.pk, confirmed=True).first()
    return device


def recovery_of(user: Any) -> StaticDevice | None:
    """What the user's recovery codes are kept with, if there are any."""
    device: StaticDevice | None = StaticDevice.objects.filter(user=user.pk, confirmed=True).first()
    return device


def verify(user: User, code: str) -> tuple[Any, int]:
    """What accepted the code (None: nothing), which is spent then; and how many seconds no code is looked at."""
    code = code.replace(" ", "").lower()
    by_authenticator = code.isascii() and code.isdigit() and len(code) == DIGITS
    device = authenticator_of(user) if by_authenticator else recovery_of(user)
    if device is None:
        return None, 0
    accepted = verify_token(user, device.persistent_id, code)
    if accepted is not None:
        return accepted, 0
    device.refresh_from_db()
    allowed, why = device.verify_is_allowed()
    if allowed:
        return None, 0
    return None, max(1, round((why["locked_until"] - device.throttling_failure_timestamp).total_seconds()))


@requires_transaction
def enroll(*, user: User, key: str, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """The user's authenticator, which makes codes by this key (40 hexadecimal digits), and its recovery codes.

    None where the code is not its: nothing is enrolled then, nor where there is one already.
    """
    if authenticator_of(user) is not None:
        return None
    device = TOTPDevice(user=user, name="authenticator", key=key)
    if not device.verify_token(code):  # saves it, with the code spent, if it is right
        if device.pk:
            device.delete()
        return None
    return device, renew_recovery_codes(user=user)


@requires_transaction
def trust_authenticator(*, user: User, key: str, minutes: int) -> None:
    """Let the user's authenticator, and no other, be this one, whose codes are good for so long. For the demo."""
    forget_second_factor(user=user)
    TOTPDevice.objects.create(user=user, name="authenticator", key=key, tolerance=minutes * 2)


@requires_transaction
def renew_recovery_codes(*, user: User) -> list[str]:
    """New recovery codes, each good once; those of before are good no more."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


@requires_transaction
def forget_second_factor(*, user: User) -> None:
    """The user has none any more: sessions that showed it are over, and the next sign-in enrolls another."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def code_at(key: str, at: float) -> str:
    """What an authenticator of this key says at this instant, in seconds since 1970."""
    totp = TOTP(bytes.fromhex(key), digits=DIGITS)
    totp.time = at
    return f"{totp.token():0{DIGITS}d}"
