"""Webhooks are signed as before once the master key is rotated."""

import base64

import pytest
from django.core.management import CommandError, call_command

from accounts.desks.webhooks import keys_of
from accounts.models import WebhookSecret
from auctions import health
from backstop import clock
from backstop.health import Unhealthy
from backstop.values.webhooks import secret_text
from tests.operations.test_add_webhook import add
from tests.operations.test_rewrap_key import keyring

pytestmark = pytest.mark.django_db


def test_rotation_wraps_secrets_anew(alice, settings, capsys) -> None:
    settings.SEALING_KEYS = keyring("old")
    webhook, secret = add(alice)
    settings.SEALING_KEYS = keyring("new", "old")
    call_command("rotate_sealing_keys")
    assert "1 keys are wrapped with 'new' now" in capsys.readouterr().out
    settings.SEALING_KEYS = keyring("new")
    assert list(map(secret_text, keys_of(webhook, clock.now()))) == [secret]
    assert WebhookSecret.objects.get().master == "new"
    assert base64.b64decode(secret.removeprefix("whsec_")) not in bytes(WebhookSecret.objects.get().content)


def test_rotation_without_the_old_key_says_so(alice, settings) -> None:
    settings.SEALING_KEYS = keyring("old")
    add(alice)
    settings.SEALING_KEYS = keyring("new")
    with pytest.raises(CommandError, match="1 keys could not be unwrapped, the first: a secret of"):
        call_command("rotate_sealing_keys")


def test_a_master_key_that_is_missing_is_seen(alice, settings) -> None:
    settings.SEALING_KEYS = keyring("old")
    add(alice)
    assert health.keys() == "all at hand"
    settings.SEALING_KEYS = keyring("new")
    with pytest.raises(Unhealthy, match="webhooks cannot be signed: there is no master key 'old'"):
        health.keys()
