"""A webhook at the moment that it matters: whose it is, what it may be told, and the secrets that it is signed with."""

import secrets
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet

from accounts.lifecycle import ProviderState
from accounts.models import Webhook, WebhookDelivery, WebhookSecret
from accounts.rules.refusals import AccountRefusal
from accounts.rules.webhooks import MOST_WAITING
from backstop.delivery.catalogue import kinds as known_kinds
from backstop.delivery.telling import may_see
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock_row
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.keyrings import NONCE_BYTES, KeyMissing, WrappedKey
from backstop.values.webhooks import SECRET_BYTES, Target, TargetRefused


def webhooks_of(venue_id: UUID, provider_id: UUID | None) -> QuerySet[Webhook]:
    """The webhooks of a provider, or with None of the venue itself: nobody has another's."""
    return Webhook.objects.filter(venue=venue_id, provider=provider_id, removed_at=None)


def webhooks_in_use(venues: Collection[str]) -> QuerySet[Webhook]:
    """Those that messages go to, of the venues with these codes or of all."""
    in_use = Webhook.objects.filter(disabled_at=None, removed_at=None).exclude(provider__state=ProviderState.ENDED)
    return in_use.filter(venue__code__in=venues) if venues else in_use


@requires_transaction
def lock_webhook(venue_id: UUID, provider_id: UUID | None, webhook_id: UUID) -> Webhook:
    """One's own webhook, locked; with it whatever waits for it. Raises `webhook_unknown`."""
    webhook = lock_row(Lock.WEBHOOK_ROW, webhooks_of(venue_id, provider_id).filter(id=webhook_id))
    if webhook is None:
        raise AccountRefusal.WEBHOOK_UNKNOWN.error()
    return webhook


def require_enabled(webhook: Webhook) -> None:
    """Raises `webhook_disabled`."""
    if not webhook.is_enabled:
        raise AccountRefusal.WEBHOOK_DISABLED.error()


def require_target(url: str) -> str:
    """The URL, where messages may be sent to it as far as that can be told without looking up names.

    Raises `webhook_url_refused`.
    """
    try:
        Target.of(url, settings.WEBHOOK_EXEMPT)
    except TargetRefused as refused:
        raise AccountRefusal.WEBHOOK_URL_REFUSED.error(str(refused)) from None
    return url


def require_kinds(kinds: Collection[str], provider_id: UUID | None) -> tuple[str, ...]:
    """These kinds, each once, where the owner may be told of such. Raises `webhook_kind_unknown`."""
    for kind in kinds:
        known = known_kinds().get(kind)
        if known is None or not may_see(known.VISIBILITY, provider_id, provider_id):
            raise AccountRefusal.WEBHOOK_KIND_UNKNOWN.error(f"you are told of no such kind of event: {kind}")
    return tuple(sorted(set(kinds)))


@requires_transaction
def create_secret(webhook: Webhook) -> bytes:
    """A new key for a webhook whose former ones, if any, expire."""
    key = secrets.token_bytes(SECRET_BYTES)
    secret = WebhookSecret(webhook=webhook)
    _wrap(secret, key)
    WebhookSecret.objects.bulk_create([secret])
    return key


@requires_transaction
def expire_secrets(webhook: Webhook, expires_at: datetime, now: datetime) -> None:
    """Let the newest secret expire then, and one that was to expire already do so now: no more than two are in use."""
    in_use = list(WebhookSecret.objects.filter(webhook=webhook).filter(_in_use(now)))
    for secret in in_use:
        secret.expires_at = expires_at if secret.expires_at is None else now
    save_changes(in_use)


def keys_of(webhook: Webhook, now: datetime) -> tuple[bytes, ...]:
    """The keys that its messages are signed with now, the newest first. Raises `KeyMissing`."""
    in_use = WebhookSecret.objects.filter(webhook=webhook).filter(_in_use(now)).order_by("-created_at")
    return tuple(map(_unwrap, in_use))


def list_missing_keys() -> dict[str, str]:
    """The master keys that are not at hand of those that secrets are wrapped by, tried on one secret of each: why."""
    missing = {}
    in_use = WebhookSecret.objects.filter(expires_at=None, webhook__removed_at=None)
    for secret in in_use.order_by("master", "-created_at").distinct("master"):
        try:
            _unwrap(secret)
        except KeyMissing as reason:
            missing[secret.master] = str(reason)
    return missing


@requires_transaction
def rewrap(secret: WebhookSecret) -> None:
    """Store the key under the current master key. Raises `KeyMissing` where the former is not at hand."""
    _wrap(secret, _unwrap(secret))
    save_changes([secret])


def full_by(webhook: UUID | OuterRef) -> QuerySet[WebhookDelivery]:
    """The last message that may wait for a webhook; none while there is room. However many wait, no more are read."""
    waiting = WebhookDelivery.objects.filter(webhook=webhook, due_at__isnull=False)
    return waiting[MOST_WAITING - 1 : MOST_WAITING]


@requires_transaction
def try_at_once(webhook: Webhook, now: datetime) -> None:
    """Let a webhook that is locked be tried with all that waits for it, in order, whatever failed before."""
    webhook.wake()
    WebhookDelivery.objects.filter(webhook=webhook, due_at__gt=now).update(due_at=now)


@requires_transaction
def wait_for(webhook: Webhook, events: Collection[tuple[int | None, str, int]], now: datetime) -> list[WebhookDelivery]:
    """Queue messages: each as the id of its event, its kind and its position."""
    rows = [
        WebhookDelivery(webhook=webhook, event_id=event_id, kind=kind, position=position, due_at=now)
        for event_id, kind, position in events
    ]
    return WebhookDelivery.objects.bulk_create(rows)


@requires_transaction
def record_webhook(webhook: Webhook, kind: Callable[..., ProviderEvent], **payload: Any) -> None:
    """Record what became of the webhook."""
    whose = {"venue_id": webhook.venue_id, "subject_id": webhook.id, "provider_id": webhook.provider_id}
    record_events([kind(**whose, **payload)])


def _in_use(now: datetime) -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=now)


def _wrap(secret: WebhookSecret, key: bytes) -> None:
    wrapped = settings.SEALING_KEYS.wrap(key, _purpose(secret), secrets.token_bytes(NONCE_BYTES))
    secret.master, secret.content = wrapped.master, wrapped.content


def _unwrap(secret: WebhookSecret) -> bytes:
    wrapped = WrappedKey(secret.master, bytes(secret.content))
    return bytes(settings.SEALING_KEYS.unwrap(wrapped, _purpose(secret)))


def _purpose(secret: WebhookSecret) -> bytes:
    return b"webhook" + secret.id.bytes
