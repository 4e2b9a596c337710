"""Mail of alerts that is due is handed to whoever sends it: each to one at a time.

Nothing is sent here. Who takes it and is never heard of again loses nothing: after the lease, others take it.
"""

from collections.abc import Collection
from datetime import timedelta

from auctions.models import AlertMail
from auctions.rules.letters import Letter
from backstop import clock
from backstop.locks import Lock, lock_free_rows
from backstop.models.base import save_changes
from backstop.transactions import operation

AT_ONCE = 10
# The last of them is begun after three minutes (see the postman) and takes two at the most: a dozen answers of the
# server, each within `EMAIL_TIMEOUT`.
LEASED = timedelta(minutes=5)


@operation
def lease_mails(*, venues: Collection[str] = ()) -> list[Letter]:
    """What is due of the venues with these codes or of all, whatever waits longest first."""
    now = clock.now()
    due = AlertMail.objects.filter(due_at__lte=now).select_related("alert__venue", "alert__rule")
    if venues:
        due = due.filter(alert__venue__code__in=venues)
    mails = lock_free_rows(Lock.ALERT_MAIL_ROW, due.order_by("due_at", "created_at")[:AT_ONCE])
    for mail in mails:
        mail.lease(now + LEASED)
    save_changes(mails)
    return [_letter(mail) for mail in mails]


def _letter(mail: AlertMail) -> Letter:
    alert = mail.alert
    return Letter.of(
        mail.id,
        mail.address,
        venue=alert.venue.name,
        text=alert.text,
        raised_at=alert.raised_at,
        since=f"It {alert.what_became}.",
    )
