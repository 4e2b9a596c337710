"""What became of mail of alerts that was sent: the server took it, it is tried again, or it is given up."""

import random
from collections.abc import Mapping
from uuid import UUID

from auctions.models import AlertMail
from backstop import clock
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def record_mails(*, problems: Mapping[UUID, str]) -> int:
    """Write down the problem of each of these mails, an empty one where the server took it; how many still waited."""
    now = clock.now()
    mails = lock_rows(Lock.ALERT_MAIL_ROW, AlertMail.objects.filter(id__in=list(problems), due_at__isnull=False))
    for mail in mails:
        if problem := problems[mail.id]:
            mail.fail(problem, random.random(), now)
        else:
            mail.arrive(now)
    save_changes(mails)
    return len(mails)
