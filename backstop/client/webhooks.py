"""Messages to a webhook of yours: whether they are genuine, and what they say.

They are signed by Standard Webhooks, so that any of its libraries verifies them as well.
"""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOLERANCE_SECONDS = 300


class WebhookRefused(Exception):
    """It is not from where it says, or was sent at another time."""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What happened: the kind of the event, when, and what it says. The same `id` may come more than once."""

    id: str
    kind: str
    timestamp: str
    data: dict[str, Any]


def read_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, tolerance_seconds: int = TOLERANCE_SECONDS
) -> WebhookMessage:
    """The message, from the headers and the bytes of a request as they came. Raises `WebhookRefused`."""
    named = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, sent_at = named["webhook-id"], int(named["webhook-timestamp"])
        signatures = named["webhook-signature"].split()
    except (KeyError, ValueError):
        raise WebhookRefused("it lacks webhook-id, webhook-timestamp or webhook-signature") from None
    if abs(time.time() - sent_at) > tolerance_seconds:
        raise WebhookRefused(f"it was sent more than {tolerance_seconds} seconds ago, or will be")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{named['webhook-timestamp']}.".encode() + body
    expected = f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in signatures):
        raise WebhookRefused("no signature is by this secret")
    said = json.loads(body)
    return WebhookMessage(message_id, said["type"], said["timestamp"], said["data"])
